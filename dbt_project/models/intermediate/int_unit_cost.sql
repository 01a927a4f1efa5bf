{{ config(materialized='table', tells=['sku_id', 'location_id']) }}

-- One net unit cost per SKU and place, from the best source that knows it;
-- location '*' is the cost where the place is unknown.
with

snapshots as (

    select
        sku_id,
        warehouse_id as location_id,
        arg_max(unit_cost, (as_of, unit_cost)) as unit_cost,
        1 as preference,
        'stock_snapshot' as cost_source
    from {{ ref('stg_inventory__stock_snapshot') }}
    where
        unit_cost > 0
        and coalesce(owner_party_id, 'self') = 'self'
    group by sku_id, warehouse_id

),

receipts as (

    select
        sku_id,
        warehouse_id as location_id,
        {{ money(
            "sum(unit_cost * accepted_qty) / nullif(sum(accepted_qty), 0)"
        ) }} as unit_cost,
        2 as preference,
        'goods_receipt' as cost_source
    from {{ ref('int_receipt_line') }}
    where unit_cost > 0
    group by sku_id, warehouse_id

),

valuations as (

    select
        sku_id,
        coalesce(warehouse_id, '*') as location_id,
        arg_max(unit_cost, (period, unit_cost)) as unit_cost,
        3 as preference,
        'inventory_valuation' as cost_source
    from {{ ref('stg_finance__inventory_valuation') }}
    where unit_cost > 0
    group by sku_id, coalesce(warehouse_id, '*')

),

terms as (

    select
        sku_id,
        '*' as location_id,
        min(net_purchase_price) as unit_cost,
        4 as preference,
        'supplier_price' as cost_source
    from {{ ref('int_supplier_term') }}
    where net_purchase_price > 0
    group by sku_id

),

known as (

    select * from snapshots
    union all
    select * from receipts
    union all
    select * from valuations
    union all
    select * from terms

),

anywhere as (

    select
        sku_id,
        '*' as location_id,
        avg(unit_cost) as unit_cost,
        preference,
        cost_source
    from known
    group by sku_id, preference, cost_source

),

candidates as (

    select * from known
    where location_id != '*'
    union all
    select * from anywhere

),

final as (

    select
        sku_id,
        location_id,
        {{ money("arg_min(unit_cost, preference)") }} as unit_cost,
        arg_min(cost_source, preference) as cost_source
    from candidates
    group by sku_id, location_id

)

select * from final
