with

source as (

    select * from {{ source('product', 'price') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        sku_id,
        shop_id,
        currency,
        campaign_id,

        ---------- text
        price_type,

        ---------- quantities
        min_qty,

        ---------- money
        price,

        ---------- booleans
        tax_included,

        ---------- timestamps
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
