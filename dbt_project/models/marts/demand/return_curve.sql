-- Pooled over all goods: days since shipment say when they come back, the SKU
-- says whether (`expected_return`).
with

shipped as (

    select
        date_diff('day', shipped_date, {{ business_date(as_of()) }})
            as age_days,
        sum(shipped_qty) as shipped_qty
    from {{ ref('int_order_line') }}
    where
        shipped_qty > 0
        and fulfil_mode != 'merchant'
        and shipped_date < {{ business_date(as_of()) }}
        and shipped_date >= {{ business_date(as_of()) }} - 365
    group by shipped_date

),

returned as (

    select
        date_diff('day', order_lines.shipped_date, return_lines.received_date)
            as lag_days,
        sum(return_lines.returned_qty) as returned_qty,
        sum(return_lines.resellable_qty) as resellable_qty
    from {{ ref('int_return_line') }} as return_lines
    inner join {{ ref('int_order_line') }} as order_lines
        on return_lines.order_line_id = order_lines.order_line_id
    where
        return_lines.returned_qty > 0
        and order_lines.shipped_qty > 0
        and order_lines.fulfil_mode != 'merchant'
        and order_lines.shipped_date < {{ business_date(as_of()) }}
        and order_lines.shipped_date >= {{ business_date(as_of()) }} - 365
        and return_lines.received_date >= order_lines.shipped_date
        -- today is not over
        and return_lines.received_date < {{ business_date(as_of()) }}
    group by all

),

lags as (

    select unnest(range({{ var("return_days") }} + 1)) as lag_days

),

-- only what left long enough ago can have come back after so many days
exposed as (

    select
        lags.lag_days,
        sum(shipped.shipped_qty) as shipped_qty
    from lags
    inner join shipped on lags.lag_days < shipped.age_days
    group by lags.lag_days

),

rates as (

    select
        exposed.lag_days,
        exposed.shipped_qty,
        coalesce(returned.returned_qty, 0) as returned_qty,
        coalesce(returned.resellable_qty, 0) as resellable_qty,
        round(
            coalesce(returned.returned_qty, 0)
            / cast(exposed.shipped_qty as double),
            9
        ) as return_rate
    from exposed
    left join returned on exposed.lag_days = returned.lag_days

),

final as (

    select
        ---------- ids
        cast(lag_days as integer) as lag_days,

        ---------- quantities
        {{ qty("shipped_qty") }} as shipped_qty,
        {{ qty("returned_qty") }} as returned_qty,
        {{ qty("resellable_qty") }} as resellable_qty,

        ---------- shares
        return_rate,
        cast(
            sum(cast(return_rate as decimal(18, 9))) over (order by lag_days)
            as double
        ) as cumulative_rate

    from rates

)

select * from final
