with

source as (

    select * from {{ source('policy', 'item_link') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        sku_id,
        linked_sku_id,

        ---------- text
        kind,

        ---------- numbers
        scale,

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
