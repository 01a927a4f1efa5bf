with

source as (

    select * from {{ source('reference', 'region') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        region_id,
        parent_region_id,

        ---------- text
        region_name,

        ---------- numbers
        lat,
        lon,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
