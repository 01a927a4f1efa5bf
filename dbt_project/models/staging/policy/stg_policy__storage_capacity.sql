with

source as (

    select * from {{ source('policy', 'storage_capacity') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,

        ---------- text
        storage_class,

        ---------- numbers
        volume_l,

        ---------- dates
        valid_from,
        valid_to,

        ---------- timestamps
        published_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
