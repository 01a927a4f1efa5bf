with

source as (

    select * from {{ source('logistics', 'carrier_service') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        carrier_id,
        service_code,

        ---------- text
        carrier_name,
        service_name,
        mode,
        claim_terms,

        ---------- numbers
        promise_days,
        max_weight_g,
        max_side_mm,

        ---------- money
        max_declared_value,

        ---------- booleans
        cod_ok,
        insured_ok,
        pickup_ok,
        cold_ok,
        hazmat_ok,

        ---------- timestamps
        cutoff_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
