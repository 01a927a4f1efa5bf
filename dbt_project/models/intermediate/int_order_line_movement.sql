{{ config(
    materialized='table',
    unit=['order_line_id'],
    changed_by='changed_line_movements',
    all_units={
        'stg_order__sales_order_line': 'order_line_id',
        'stg_warehouse__outbound_line': 'order_line_id',
        'stg_inventory__stock_ledger': [
            "coalesce(ref_line_id, '*')", "move_type = 'sale_out'"
        ]
    }
) }}
{%- set changed = changed_line_movements() %}

-- Control 7: what the order, the warehouse and the ledger each say of how much
-- of an order line left ('*': what left for none that is named). Of a bundle
-- its components leave, so the order is not asked about it.
with

ordered as (

    select
        order_lines.order_line_id,
        order_lines.warehouse_id,
        order_lines.shipped_qty,
        order_lines.unit_price,
        orders.ordered_at
    from {{ ref('stg_order__sales_order_line') }} as order_lines
    inner join {{ ref('stg_order__sales_order') }} as orders
        on
            order_lines.source_system = orders.source_system
            and order_lines.order_id = orders.order_id
    where
        {{ is_changed('order_lines.order_line_id', changed) }}
        and order_lines.sku_id not in (
            select bundles.bundle_sku_id
            from {{ ref('stg_product__bundle_component') }} as bundles
        )

),

sent as (

    select
        order_line_id,
        sum(shipped_qty) as qty
    from {{ ref('stg_warehouse__outbound_line') }}
    where
        order_line_id is not null
        and {{ is_changed('order_line_id', changed) }}
    group by order_line_id

),

moved as (

    select
        coalesce(ref_line_id, '*') as order_line_id,
        min(warehouse_id) as warehouse_id,
        -sum(qty_delta) as qty
    from {{ ref('stg_inventory__stock_ledger') }}
    where
        move_type = 'sale_out'
        and {{ is_changed("coalesce(ref_line_id, '*')", changed) }}
    group by coalesce(ref_line_id, '*')

),

found as (

    select
        coalesce(sent.order_line_id, moved.order_line_id) as order_line_id,
        moved.warehouse_id as moved_warehouse_id,
        sent.qty as sent_qty,
        moved.qty as moved_qty,
        true as is_found
    from sent
    full outer join moved on sent.order_line_id = moved.order_line_id

),

final as (

    select
        ---------- ids
        coalesce(found.order_line_id, ordered.order_line_id) as order_line_id,
        ordered.warehouse_id,
        found.moved_warehouse_id,

        ---------- quantities
        ordered.shipped_qty as ordered_qty,
        found.sent_qty,
        found.moved_qty,

        ---------- money
        ordered.unit_price,

        ---------- booleans
        coalesce(found.is_found, false) as is_found,

        ---------- timestamps
        ordered.ordered_at

    from found
    full outer join ordered on found.order_line_id = ordered.order_line_id

)

select * from final
