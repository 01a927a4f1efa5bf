-- The supplier who answers for a SKU: who delivered most of it, else whose
-- terms we plan on. Returns and reviews name the SKU and no supplier.
with

delivered as (

    select
        receipts.sku_id,
        coalesce(receipts.supplier_id, po_lines.supplier_id) as supplier_id,
        sum(receipts.accepted_qty) as accepted_qty
    from {{ ref('int_receipt_line') }} as receipts
    left join {{ ref('int_purchase_line') }} as po_lines
        on receipts.po_line_id = po_lines.po_line_id
    where coalesce(receipts.supplier_id, po_lines.supplier_id) is not null
    group by all

),

candidates as (

    select
        sku_id,
        supplier_id,
        accepted_qty
    from delivered

    union all

    select
        sku_id,
        supplier_id,
        -1 as accepted_qty
    from {{ ref('int_chosen_term') }}

),

final as (

    select
        sku_id,
        arg_max(supplier_id, (accepted_qty, supplier_id)) as supplier_id
    from candidates
    group by sku_id

)

select * from final
