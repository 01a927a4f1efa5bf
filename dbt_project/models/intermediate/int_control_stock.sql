{{ config(materialized='table') }}

-- Controls 1, 7 and 8: the ledger against snapshots, shipments and returns.
with

ledger as (

    select * from {{ ref('stg_inventory__stock_ledger') }}

),

outbound_lines as (

    select * from {{ ref('stg_warehouse__outbound_line') }}

),

order_lines as (

    select * from {{ ref('stg_order__sales_order_line') }}

),

orders as (

    select
        source_system,
        order_id,
        ordered_at
    from {{ ref('stg_order__sales_order') }}

),

bundles as (

    select distinct bundle_sku_id
    from {{ ref('stg_product__bundle_component') }}

),

rma_lines as (

    select * from {{ ref('stg_aftersales__rma_line') }}

),

unit_costs as (

    select
        sku_id,
        unit_cost
    from {{ ref('int_unit_cost') }}
    where location_id = '*'

),

-- shelves whose difference is explained are counted, not listed
counts as (

    select * from {{ ref('int_count_difference') }}
    where {{ is_delivered('inventory', 'stock_ledger') }}

),

unexplained as (

    select
        warehouse_id,
        as_of,
        unnest(unexplained) as shelf
    from counts

),

ledger_explains as (

    select
        'ledger_explains_counts' as check_name,
        warehouse_id as scope,
        null as record_key,
        null as source,
        0 as found,
        0 as expected,
        null as unit_amount,
        shelf_count - len(unexplained) as row_count
    from counts
    where shelf_count > len(unexplained)

    union all

    select
        'ledger_explains_counts' as check_name,
        unexplained.warehouse_id as scope,
        concat_ws(
            ' ',
            unexplained.warehouse_id,
            unexplained.shelf.sku_id,
            unexplained.shelf.stock_status,
            unexplained.as_of
        ) as record_key,
        unexplained.shelf.source,
        unexplained.shelf.found,
        unexplained.shelf.expected,
        unit_costs.unit_cost as unit_amount,
        1 as row_count
    from unexplained
    left join unit_costs on unexplained.shelf.sku_id = unit_costs.sku_id

),

sold as (

    select
        ref_line_id as order_line_id,
        min(warehouse_id) as warehouse_id,
        -sum(qty_delta) as qty,
        min({{ source_of('inventory.stock_ledger') }}) as source
    from ledger
    where move_type = 'sale_out'
    group by ref_line_id

),

-- a ledger that begins later than the orders tells nothing of those before
ledger_begin as (

    select min(occurred_at) as begins_at from ledger

),

shipped as (

    select
        outbound_lines.order_line_id,
        sum(outbound_lines.shipped_qty) as qty,
        min({{ source_of('warehouse.outbound_line', 'outbound_lines') }})
            as source
    from outbound_lines
    where outbound_lines.order_line_id is not null
    group by outbound_lines.order_line_id

),

ordered as (

    select
        order_lines.order_line_id,
        order_lines.warehouse_id,
        order_lines.shipped_qty,
        order_lines.unit_price,
        orders.ordered_at >= ledger_begin.begins_at as is_in_ledger_time,
        {{ source_of('order.sales_order_line', 'order_lines') }} as source
    from order_lines
    inner join orders
        on
            order_lines.source_system = orders.source_system
            and order_lines.order_id = orders.order_id
    cross join ledger_begin
    -- of a bundle its components leave
    where
        order_lines.sku_id not in (select bundles.bundle_sku_id from bundles)

),

outbound_is_ledger as (

    select
        'outbound_is_ledger' as check_name,
        coalesce(sold.warehouse_id, ordered.warehouse_id, '*') as scope,
        coalesce(shipped.order_line_id, sold.order_line_id) as record_key,
        coalesce(shipped.source, sold.source) as source,
        coalesce(shipped.qty, 0) as found,
        coalesce(sold.qty, 0) as expected,
        ordered.unit_price as unit_amount
    from shipped
    full join sold on shipped.order_line_id = sold.order_line_id
    left join ordered
        on
            coalesce(shipped.order_line_id, sold.order_line_id)
            = ordered.order_line_id
    where
        (sold.qty is not null or ordered.is_in_ledger_time)
        and {{ is_delivered('inventory', 'stock_ledger') }}
        and {{ is_delivered('warehouse', 'outbound_line') }}

),

order_is_ledger as (

    select
        'order_is_ledger' as check_name,
        ordered.warehouse_id as scope,
        ordered.order_line_id as record_key,
        ordered.source,
        ordered.shipped_qty as found,
        coalesce(sold.qty, 0) as expected,
        ordered.unit_price as unit_amount
    from ordered
    left join sold on ordered.order_line_id = sold.order_line_id
    where
        ordered.warehouse_id is not null
        and (sold.qty is not null or ordered.is_in_ledger_time)
        and {{ is_delivered('inventory', 'stock_ledger') }}

),

came_back as (

    select
        ref_line_id as rma_line_id,
        sum(qty_delta) filter (where move_type = 'return_in') as qty,
        sum(qty_delta) filter (where stock_status = 'sellable') as good_qty
    from ledger
    where ref_type = 'rma' and bucket = 'on_hand'
    group by ref_line_id

),

returns_are_ledger as (

    select
        'returns_are_ledger' as check_name,
        coalesce(rma_lines.restock_warehouse_id, '*') as scope,
        rma_lines.rma_line_id as record_key,
        {{ source_of('aftersales.rma_line', 'rma_lines') }} as source,
        rma_lines.received_qty as found,
        coalesce(came_back.qty, 0) as expected,
        unit_costs.unit_cost as unit_amount
    from rma_lines
    left join came_back on rma_lines.rma_line_id = came_back.rma_line_id
    left join unit_costs on rma_lines.sku_id = unit_costs.sku_id
    where {{ is_delivered('inventory', 'stock_ledger') }}

),

returns_are_sorted as (

    select
        'returns_are_sorted' as check_name,
        coalesce(rma_lines.restock_warehouse_id, '*') as scope,
        rma_lines.rma_line_id as record_key,
        {{ source_of('aftersales.rma_line', 'rma_lines') }} as source,
        coalesce(came_back.good_qty, 0) as found,
        case
            when rma_lines.inspection = 'resellable'
                then rma_lines.received_qty
            else 0
        end as expected,
        unit_costs.unit_cost as unit_amount
    from rma_lines
    left join came_back on rma_lines.rma_line_id = came_back.rma_line_id
    left join unit_costs on rma_lines.sku_id = unit_costs.sku_id
    where
        rma_lines.inspection is not null
        and {{ is_delivered('inventory', 'stock_ledger') }}

),

together as (

    select * from ledger_explains
    union all
    select
        *,
        1 as row_count
    from outbound_is_ledger
    union all
    select
        *,
        1 as row_count
    from order_is_ledger
    union all
    select
        *,
        1 as row_count
    from returns_are_ledger
    union all
    select
        *,
        1 as row_count
    from returns_are_sorted

),

compared as (

    select
        *,
        abs(found - expected) * coalesce(unit_amount, 0) as money_at_stake
    from together

),

{{ summed_checks('compared', row_count='row_count') }}

select * from final
