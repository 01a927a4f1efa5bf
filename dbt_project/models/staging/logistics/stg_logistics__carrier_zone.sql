with

source as (

    select * from {{ source('logistics', 'carrier_zone') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        carrier_id,
        service_code,
        origin_region,
        dest_region,
        origin_zone,
        dest_zone,

        ---------- text
        stop_reason,

        ---------- numbers
        transit_days,

        ---------- booleans
        is_remote,
        is_stopped,

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
