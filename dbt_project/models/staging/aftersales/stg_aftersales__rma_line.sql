with

source as (

    select * from {{ source('aftersales', 'rma_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        rma_line_id,
        rma_id,
        order_line_id,
        sku_id,
        restock_warehouse_id,
        restock_receipt_line_id,
        batch_no,
        supplier_id,

        ---------- text
        inspection,

        ---------- quantities
        requested_qty,
        received_qty,

        ---------- money
        refund_amount,

        ---------- timestamps
        inspected_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
