with

source as (

    select * from {{ source('procurement', 'asn_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        asn_line_id,
        asn_id,
        po_line_id,
        carrier_id,
        waybill_no,
        batch_no,

        ---------- quantities
        shipped_qty,

        ---------- dates
        production_date,
        expiry_date,

        ---------- timestamps
        shipped_at,
        eta,
        appointment_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
