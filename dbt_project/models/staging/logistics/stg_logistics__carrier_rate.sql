with

source as (

    select * from {{ source('logistics', 'carrier_rate') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        carrier_id,
        service_code,
        origin_zone,
        dest_zone,
        currency,

        ---------- text
        surcharge,
        rounding,

        ---------- numbers
        weight_from_g,
        weight_to_g,
        first_weight_g,
        step_g,
        volumetric_divisor,

        ---------- money
        first_fee,
        step_fee,
        min_fee,

        ---------- booleans
        tax_included,

        ---------- dates
        valid_from,
        valid_to,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
