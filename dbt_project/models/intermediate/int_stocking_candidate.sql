{%- set today = business_date(as_of()) -%}

-- SKUs that others ship for us, with what they sold week by week and what a
-- unit brought; several modes of one SKU are one, named by the larger.
with

sold_lines as (

    select
        lines.sku_id,
        lines.fulfil_mode,
        coalesce(lines.supplier_id, lines.merchant_id) as party_id,
        lines.currency,
        lines.sold_qty,
        lines.net_revenue_amount - lines.freight_income_amount
            as net_revenue_amount,
        -- advertised it would be from our own stock, too
        lines.profit_amount - lines.marketing_amount as profit_amount,
        lines.recognised_date,
        lines.ordered_date,
        orders.delivered_at,
        orders.ordered_at,
        regions.location_id
    from {{ ref('profit_waterfall') }} as lines
    left join {{ ref('stg_order__sales_order') }} as orders
        on
            lines.source_system = orders.source_system
            and lines.order_id = orders.order_id
    left join {{ ref('int_region_location') }} as regions
        on orders.dest_province = regions.region_id
    where
        lines.fulfil_mode in ('dropship', 'merchant')
        and lines.sku_id is not null
        and lines.sold_qty > 0
        and lines.ordered_date < {{ today }}

),

recent as (

    select * from sold_lines
    where ordered_date >= {{ today }} - {{ var('stocking_days') }}

),

-- a SKU on sale for less than the whole time is not judged by weeks before it
first_days as (

    select
        sku_id,
        greatest(
            least(
                date_diff('day', min(ordered_date), {{ today }}),
                {{ var('stocking_days') }}
            ) // 7,
            1
        ) as weeks
    from sold_lines
    group by sku_id

),

weekly as (

    select
        sku_id,
        date_diff('day', ordered_date, {{ today }} - 1) // 7 as weeks_ago,
        sum(sold_qty) as sold_qty
    from recent
    group by sku_id, weeks_ago

),

-- weeks without a sale count as well
spread as (

    select
        weekly.sku_id,
        any_value(first_days.weeks) as weeks,
        sum(weekly.sold_qty) / any_value(first_days.weeks) as weekly_qty,
        sqrt(greatest(
            sum(pow(weekly.sold_qty, 2)) / any_value(first_days.weeks)
            - pow(sum(weekly.sold_qty) / any_value(first_days.weeks), 2),
            0
        )) as weekly_sd
    from weekly
    inner join first_days on weekly.sku_id = first_days.sku_id
    where weekly.weeks_ago < first_days.weeks
    group by weekly.sku_id

),

parties as (

    select
        sku_id,
        fulfil_mode,
        party_id
    from recent
    group by sku_id, fulfil_mode, party_id

    qualify
        row_number() over (
            partition by sku_id
            order by sum(sold_qty) desc, fulfil_mode, party_id
        ) = 1

),

places as (

    select
        sku_id,
        location_id
    from recent
    where location_id is not null
    group by sku_id, location_id

    qualify
        row_number() over (
            partition by sku_id order by sum(sold_qty) desc, location_id
        ) = 1

),

money as (

    select
        sku_id,
        any_value(currency) as currency,
        sum(sold_qty) as sold_qty,
        sum(net_revenue_amount) / nullif(sum(sold_qty), 0) as unit_price,
        sum(profit_amount) filter (where recognised_date is not null)
        / nullif(
            sum(sold_qty) filter (where recognised_date is not null), 0
        ) as unit_margin_now,
        avg(date_diff('hour', ordered_at, delivered_at)) / 24.0
            as delivery_days_now
    from recent
    group by sku_id

),

final as (

    select
        money.sku_id,
        parties.fulfil_mode as current_mode,
        parties.party_id,
        places.location_id,
        money.currency,
        spread.weeks,
        money.sold_qty,
        cast(spread.weekly_qty as double) as weekly_qty,
        cast(spread.weekly_sd as double) as weekly_sd,
        cast(money.unit_price as double) as unit_price,
        cast(money.unit_margin_now as double) as unit_margin_now,
        cast(money.delivery_days_now as double) as delivery_days_now
    from money
    inner join parties on money.sku_id = parties.sku_id
    inner join spread on money.sku_id = spread.sku_id
    left join places on money.sku_id = places.sku_id

)

select * from final
