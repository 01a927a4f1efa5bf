with

source as (

    select * from {{ source('reference', 'key_map') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        source_id,
        id,

        ---------- text
        entity,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
