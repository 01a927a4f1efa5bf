{{ config(materialized='table') }}

-- Controls 1, 7 and 8: the ledger against snapshots, shipments and returns.
with

ledger as (

    select * from {{ ref('stg_inventory__stock_ledger') }}

),

-- a ledger that begins later than the orders tells nothing of those before
ledger_begin as (

    select min(occurred_at) as begins_at from ledger

),

-- what the order, the warehouse and the ledger say of each order line; one
-- of which nobody knows that it left is compared where the ledger would know
movements as (

    select
        movements.*,
        coalesce(movements.moved_qty, 0) as ledger_qty,
        movements.moved_qty is not null
        or coalesce(movements.ordered_at >= ledger_begin.begins_at, false)
            as is_in_ledger_time
    from {{ ref('int_order_line_movement') }} as movements
    cross join ledger_begin
    where {{ is_delivered('inventory', 'stock_ledger') }}

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

sent_lines as (

    select
        'outbound_is_ledger' as check_name,
        coalesce(moved_warehouse_id, warehouse_id, '*') as scope,
        order_line_id,
        coalesce(sent_qty, 0) as found,
        ledger_qty as expected,
        unit_price as unit_amount
    from movements
    where
        is_found
        and is_in_ledger_time
        and {{ is_delivered('warehouse', 'outbound_line') }}

),

ordered_lines as (

    select
        'order_is_ledger' as check_name,
        warehouse_id as scope,
        order_line_id,
        ordered_qty as found,
        ledger_qty as expected,
        unit_price as unit_amount
    from movements
    where
        warehouse_id is not null
        and is_in_ledger_time
        and ordered_qty is not null

),

compared_lines as (

    select * from sent_lines
    union all
    select * from ordered_lines

),

-- where a line comes from is looked up for what is off alone
lines_off as (

    select * from compared_lines
    where found != expected

),

sources as (

    {% for check_name, contract, line_id, preference in [
        ("outbound_is_ledger", "warehouse.outbound_line", "order_line_id", 1),
        (
            "outbound_is_ledger",
            "inventory.stock_ledger",
            "coalesce(ref_line_id, '*')",
            2,
        ),
        ("order_is_ledger", "order.sales_order_line", "order_line_id", 1),
    ] %}
        select
            '{{ check_name }}' as check_name,
            {{ line_id }} as order_line_id,
            {{ preference }} as preference,
            {{ source_of(contract) }} as source
        from {{ ref("stg_" ~ contract | replace(".", "__")) }}
        where
            {{ line_id }} in (select lines_off.order_line_id from lines_off)
            {%- if contract == "inventory.stock_ledger" %}
                and move_type = 'sale_out'
            {%- endif %}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

first_sources as (

    select
        check_name,
        order_line_id,
        min_by(source, (preference, source)) as source
    from sources
    group by check_name, order_line_id

),

lines_of_orders as (

    select
        check_name,
        scope,
        null as record_key,
        null as source,
        0 as found,
        0 as expected,
        null as unit_amount,
        count(*) as row_count
    from compared_lines
    where found = expected
    group by check_name, scope

    union all

    select
        lines_off.check_name,
        lines_off.scope,
        nullif(lines_off.order_line_id, '*') as record_key,
        first_sources.source,
        lines_off.found,
        lines_off.expected,
        lines_off.unit_amount,
        1 as row_count
    from lines_off
    left join first_sources
        on
            lines_off.check_name = first_sources.check_name
            and lines_off.order_line_id = first_sources.order_line_id

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
    select * from lines_of_orders
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
