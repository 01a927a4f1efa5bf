-- Joins neither lose nor multiply: totals of marts equal those they came from.
{{ config(
    tags=['of_views'],
    meta={'dagster': {'ref': {'name': 'demand_history'}}}
) }}

with

totals as (

    select
        'demand_history: net revenue' as total,
        (select sum(net_revenue_amount) from {{ ref('demand_history') }})
            as in_mart,
        (
            select sum(net_revenue_amount) from {{ ref('int_order_line') }}
            where exclusion_reason is null and demand_qty > 0
        ) as in_source

    union all

    select
        'demand_history: returns' as total,
        (select sum(returned_qty) from {{ ref('demand_history') }}) as in_mart,
        (
            select sum(greatest(lines.returned_qty, coalesce(back.qty, 0)))
            from {{ ref('int_order_line') }} as lines
            left join (
                select
                    order_line_id,
                    sum(returned_qty) as qty
                from {{ ref('int_return_line') }}
                group by order_line_id
            ) as back
                on lines.order_line_id = back.order_line_id
        ) as in_source

    union all

    select
        'inventory_position: on order' as total,
        (
            -- what only the snapshot knows to be on its way has no line
            select sum(mart.on_order_qty)
            from {{ ref('inventory_position') }} as mart
            semi join (
                select
                    sku_id,
                    location_id
                from {{ ref('int_purchase_line') }}
                where is_own_supply and open_qty > 0
            ) as lines
                on
                    mart.sku_id = lines.sku_id
                    and mart.location_id = lines.location_id
        ) as in_mart,
        (
            select sum(open_qty) from {{ ref('int_purchase_line') }}
            where is_own_supply
        ) as in_source

    union all

    select
        'open_outbound_line: base units' as total,
        (select sum(planned_qty) from {{ ref('open_outbound_line') }})
            as in_mart,
        (select sum(unit_count) from {{ ref('open_outbound') }}) as in_source

)

select * from totals
-- a cent, and a millionth for what shares of amounts were rounded
where
    abs(coalesce(in_mart, 0) - coalesce(in_source, 0))
    > 0.01 + 0.000001 * abs(coalesce(in_source, 0))
