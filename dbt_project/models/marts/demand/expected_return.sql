with

curve as (

    select
        lag_days,
        return_rate,
        cumulative_rate
    from {{ ref('return_curve') }}

),

---------- what left and may still come back
shipped as (

    select
        order_lines.sku_id,
        order_lines.location_id,
        any_value(skus.category_id) as category_id,
        date_diff(
            'day', order_lines.shipped_date, {{ business_date(as_of()) }}
        ) as age_days,
        sum(order_lines.shipped_qty) as shipped_qty
    from {{ ref('int_order_line') }} as order_lines
    left join {{ ref('int_sku') }} as skus
        on order_lines.sku_id = skus.sku_id
    where
        order_lines.shipped_qty > 0
        and order_lines.fulfil_mode != 'merchant'
        and order_lines.shipped_date < {{ business_date(as_of()) }}
        and order_lines.shipped_date
        >= {{ business_date(as_of()) }} - {{ var("return_days") }}
    group by
        order_lines.sku_id, order_lines.location_id, order_lines.shipped_date

),

---------- whether a SKU comes back oftener than others
returned as (

    select
        return_lines.*,
        order_lines.location_id,
        order_lines.sku_id as sold_sku_id,
        order_lines.shipped_date
        >= {{ business_date(as_of()) }} - {{ var("return_days") }} as is_recent
    from {{ ref('int_return_line') }} as return_lines
    inner join {{ ref('int_order_line') }} as order_lines
        on return_lines.order_line_id = order_lines.order_line_id
    where
        return_lines.returned_qty > 0
        and order_lines.fulfil_mode != 'merchant'
        and return_lines.received_date >= order_lines.shipped_date
        and return_lines.received_date < {{ business_date(as_of()) }}
        and order_lines.shipped_date >= {{ business_date(as_of()) }} - 365

),

by_sku as (

    select
        shipped.sku_id,
        any_value(shipped.category_id) as category_id,
        -- by the curve, until yesterday
        {{ exact_sum("shipped.shipped_qty * curve.cumulative_rate") }}
            as expected_qty
    from shipped
    inner join curve on shipped.age_days - 1 = curve.lag_days
    group by shipped.sku_id

),

returned_by_sku as (

    select
        sold_sku_id as sku_id,
        sum(returned_qty) filter (where is_recent) as returned_qty,
        sum(resellable_qty + unsellable_qty) as graded_qty,
        sum(resellable_qty) as resellable_qty
    from returned
    group by sold_sku_id

),

by_category as (

    select
        by_sku.category_id,
        sum(by_sku.expected_qty) as expected_qty,
        sum(returned_by_sku.returned_qty) as returned_qty
    from by_sku
    left join returned_by_sku on by_sku.sku_id = returned_by_sku.sku_id
    group by by_sku.category_id

),

resold as (

    -- before anything was graded, nothing is counted on
    select
        coalesce(
            sum(resellable_qty)
            / cast(nullif(sum(resellable_qty + unsellable_qty), 0) as double),
            0
        ) as resellable_share
    from returned

),

-- a Poisson rate whose prior mean is the category's, and that one's is 1
propensities as (

    select
        by_sku.sku_id,
        (
            coalesce(returned_by_sku.returned_qty, 0)
            + {{ var("return_prior_units") }}
            * (
                coalesce(by_category.returned_qty, 0)
                + {{ var("return_prior_units") }}
            )
            / (
                cast(by_category.expected_qty as double)
                + {{ var("return_prior_units") }}
            )
        )
        / (
            cast(by_sku.expected_qty as double)
            + {{ var("return_prior_units") }}
        ) as propensity,
        (
            coalesce(returned_by_sku.resellable_qty, 0)
            + {{ var("return_prior_units") }} * resold.resellable_share
        )
        / (
            coalesce(returned_by_sku.graded_qty, 0)
            + {{ var("return_prior_units") }}
        ) as resellable_share
    from by_sku
    left join returned_by_sku on by_sku.sku_id = returned_by_sku.sku_id
    left join by_category
        on by_sku.category_id is not distinct from by_category.category_id
    cross join resold

),

---------- where what left a warehouse comes back to
routes as (

    select
        location_id,
        restock_warehouse_id,
        sum(returned_qty)
        / cast(sum(sum(returned_qty)) over (partition by location_id) as double)
            as route_share
    from returned
    where restock_warehouse_id is not null
    group by location_id, restock_warehouse_id

),

---------- when: a day ahead is the product of two lists, units by age and rates
---------- by lag; joined row by row it would cost ten times as much
by_age as (

    select
        sku_id,
        location_id,
        list_transform(
            range(1, {{ var("return_days") }} + 1),
            lambda age: coalesce(units[age], 0)
        ) as units
    from (
        select
            sku_id,
            location_id,
            map(
                list(age_days), list(cast(shipped_qty as double))
            ) as units
        from shipped
        group by sku_id, location_id
    ) as by_place

),

by_lag as (

    select
        list_transform(
            range(1, {{ var("return_days") }} + 1),
            lambda lag: coalesce(rates[lag], 0)
        ) as rates
    from (
        select map(list(lag_days), list(return_rate)) as rates from curve
    ) as by_day

),

days_ahead as (

    select
        days_ahead,
        cast(
            {{ business_date(as_of()) }} + cast(days_ahead as integer) as date
        ) as expected_date
    from (
        select unnest(
            range(
                least(
                    {{ var("return_horizon_days") }}, {{ var("return_days") }}
                )
            )
        ) as days_ahead
    )

),

expected as (

    select
        by_age.sku_id,
        by_age.location_id,
        days_ahead.expected_date,
        list_dot_product(
            by_age.units[:{{ var("return_days") }} - days_ahead.days_ahead],
            by_lag.rates[1 + days_ahead.days_ahead:]
        ) as expected_qty
    from by_age
    cross join by_lag
    cross join days_ahead

),

placed as (

    select
        expected.sku_id,
        coalesce(routes.restock_warehouse_id, expected.location_id)
            as location_id,
        expected.expected_date,
        any_value(propensities.propensity) as propensity,
        any_value(propensities.resellable_share) as resellable_share,
        {{ exact_sum(
            "expected.expected_qty * propensities.propensity "
            "* coalesce(routes.route_share, 1)"
        ) }} as expected_qty
    from expected
    inner join propensities on expected.sku_id = propensities.sku_id
    left join routes on expected.location_id = routes.location_id
    where expected.expected_qty > 0
    group by all

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,

        ---------- dates
        expected_date,

        ---------- quantities
        {{ qty("expected_qty") }} as expected_qty,
        {{ qty("expected_qty * resellable_share") }} as resellable_qty,

        ---------- what they rest on
        round(propensity, 6) as propensity,
        round(resellable_share, 6) as resellable_share

    from placed
    where expected_qty >= 0.0001

)

select * from final
