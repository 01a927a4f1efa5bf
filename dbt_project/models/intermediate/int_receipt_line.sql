{{ config(materialized='table') }}

-- Goods receipts net of their reversals, with the order they answer.
with

receipt_lines as (

    select * from {{ ref('stg_procurement__goods_receipt_line') }}
    where receipt_type in ('purchase', 'dropship_confirm')

),

netted as (

    select
        source_system,
        coalesce(reverses_line_id, receipt_line_id) as receipt_line_id,
        min(po_line_id) as po_line_id,
        min(supplier_id) as supplier_id,
        min(sku_id) as sku_id,
        min(warehouse_id) as warehouse_id,
        min(receipt_type) as receipt_type,
        min(received_at) as received_at,
        {{ qty("sum(received_qty)") }} as received_qty,
        {{ qty("sum(coalesce(accepted_qty, received_qty))") }} as accepted_qty,
        {{ qty("sum(coalesce(rejected_qty, 0))") }} as rejected_qty,
        max(unit_cost) as unit_cost
    from receipt_lines
    group by source_system, coalesce(reverses_line_id, receipt_line_id)

),

final as (

    select
        *,
        {{ business_date("received_at") }} as received_date
    from netted
    where received_qty > 0

)

select * from final
