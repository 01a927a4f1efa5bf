with

outbound_orders as (

    select
        *,
        {{ business_date("released_at") }} as released_date
    from {{ ref('stg_warehouse__outbound_order') }}
    where
        status != 'cancelled'
        and released_at > {{ as_of() }} - interval 56 day

),

lines as (

    select
        outbound_id,
        count(distinct sku_id) as sku_count,
        sum(planned_qty) as units,
        min(sku_id) as sku_id
    from {{ ref('stg_warehouse__outbound_line') }}
    group by outbound_id

),

orders as (

    select
        outbound_orders.warehouse_id,
        outbound_orders.released_date,
        lines.units,
        lines.sku_id,
        cast(extract(hour from outbound_orders.released_at) as integer)
            as released_hour,
        {{ elapsed(
            "minute", "outbound_orders.released_at", "outbound_orders.cutoff_at"
        ) }} / 60.0 as hours_to_cutoff,
        case
            when lines.sku_count > 1 and lines.units > 10 then 'large'
            when lines.sku_count > 1 then 'multi_item'
            when lines.units > 1 then 'single_sku'
            else 'single_unit'
        end as profile
    from outbound_orders
    inner join lines on outbound_orders.outbound_id = lines.outbound_id

),

observed as (

    select
        warehouse_id,
        count(distinct released_date) as days
    from orders
    group by warehouse_id

),

-- orders that one walk to one bin could serve together
same_sku as (

    select
        warehouse_id,
        released_hour,
        profile,
        count(*) as orders
    from orders
    where profile in ('single_unit', 'single_sku')
    group by warehouse_id, released_date, released_hour, profile, sku_id
    having count(*) > 1

),

alike as (

    select
        warehouse_id,
        released_hour,
        profile,
        sum(orders) as repeated_orders
    from same_sku
    group by warehouse_id, released_hour, profile

),

summed as (

    select
        warehouse_id,
        released_hour,
        profile,
        count(*) as order_count,
        sum(units) as units,
        min(hours_to_cutoff) as least_hours_to_cutoff
    from orders
    group by warehouse_id, released_hour, profile

),

final as (

    select
        ---------- ids
        summed.warehouse_id,
        summed.released_hour,
        summed.profile,

        ---------- numbers
        observed.days as days_observed,
        summed.order_count,
        cast(coalesce(alike.repeated_orders, 0) as bigint) as repeated_orders,
        round(summed.order_count / nullif(observed.days, 0), 4)
            as orders_per_day,
        round(cast(summed.units as double) / summed.order_count, 4)
            as units_per_order,
        round(cast(summed.least_hours_to_cutoff as double), 2)
            as least_hours_to_cutoff

    from summed
    inner join observed on summed.warehouse_id = observed.warehouse_id
    left join alike
        on
            summed.warehouse_id = alike.warehouse_id
            and summed.released_hour = alike.released_hour
            and summed.profile = alike.profile

)

select * from final
