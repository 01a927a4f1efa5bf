with

source as (

    select * from {{ source('procurement', 'supplier_invoice_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        invoice_line_id,
        invoice_no,
        supplier_id,
        po_line_id,
        receipt_line_id,
        sku_id,

        ---------- text
        invoice_kind,
        match_status,

        ---------- quantities
        invoiced_qty,

        ---------- numbers
        tax_rate,

        ---------- money
        unit_price_ex_tax,
        amount_ex_tax,
        tax_amount,
        amount,
        paid_amount,

        ---------- dates
        invoiced_at,
        due_date,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
