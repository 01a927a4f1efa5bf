with

source as (

    select * from {{ source('procurement', 'goods_receipt_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        receipt_line_id,
        receipt_id,
        po_line_id,
        supplier_id,
        sku_id,
        warehouse_id,
        batch_no,
        bin_id,
        reverses_line_id,

        ---------- text
        receipt_type,
        reject_reason,

        ---------- quantities
        received_qty,
        accepted_qty,
        rejected_qty,

        ---------- money
        unit_cost,

        ---------- booleans
        defect,

        ---------- dates
        production_date,
        expiry_date,

        ---------- timestamps
        received_at,
        inspected_at,
        putaway_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
