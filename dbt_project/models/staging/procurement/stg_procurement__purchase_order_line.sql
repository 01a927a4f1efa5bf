with

source as (

    select * from {{ source('procurement', 'purchase_order_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        po_line_id,
        po_id,
        sku_id,
        purchase_uom,
        suggestion_id,

        ---------- text
        line_status,

        ---------- quantities
        ordered_qty,
        uom_ratio,
        confirmed_qty,
        received_qty,
        rejected_qty,
        cancelled_qty,

        ---------- numbers
        line_no,
        tax_rate,
        discount,

        ---------- money
        unit_price,

        ---------- dates
        requested_date,
        promised_date,
        expected_date,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
