with

source as (

    select * from {{ source('logistics', 'carrier_contract') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        carrier_id,
        service_code,

        ---------- text
        term_kind,
        scope,

        ---------- quantities
        from_volume,
        limit_volume,

        ---------- numbers
        limit_share,

        ---------- money
        rebate_per_parcel,
        shortfall_fee,

        ---------- booleans
        is_all_unit,

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
