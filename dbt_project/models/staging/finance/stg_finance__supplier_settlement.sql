with

source as (

    select * from {{ source('finance', 'supplier_settlement') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        settlement_no,
        supplier_id,
        receipt_line_id,
        invoice_line_id,

        ---------- text
        settle_kind,
        status,

        ---------- quantities
        settle_qty,

        ---------- numbers
        line_no,

        ---------- money
        unit_price,
        amount_ex_tax,
        tax_amount,
        amount,
        shared_freight,
        shared_other,
        paid_amount,

        ---------- dates
        due_date,

        ---------- timestamps
        settled_at,
        paid_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
