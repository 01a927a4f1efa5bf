with

source as (

    select * from {{ source('product', 'bundle_component') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        bundle_sku_id,
        component_sku_id,

        ---------- quantities
        qty,

        ---------- numbers
        price_share,

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
