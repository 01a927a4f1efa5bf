with

source as (

    select * from {{ source('policy', 'carrier_pickup') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,
        carrier_id,
        service_code,

        ---------- numbers
        weekday,
        max_parcels,

        ---------- dates
        valid_from,
        valid_to,

        ---------- timestamps
        pickup_time,
        published_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
