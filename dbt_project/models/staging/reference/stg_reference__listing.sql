with

source as (

    select * from {{ source('reference', 'listing') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        shop_id,
        platform_item_id,
        sku_id,

        ---------- quantities
        listed_qty,

        ---------- timestamps
        as_of,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
