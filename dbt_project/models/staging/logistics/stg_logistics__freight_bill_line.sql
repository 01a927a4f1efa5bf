with

source as (

    select * from {{ source('logistics', 'freight_bill_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        carrier_id,
        bill_no,
        waybill_no,
        billed_zone,
        currency,

        ---------- text
        charge_type,
        bill_period,
        dispute_status,

        ---------- numbers
        line_no,
        billed_weight_g,

        ---------- money
        amount,
        tax_amount,

        ---------- dates
        billed_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
