with

source as (

    select * from {{ source('marketing', 'campaign_sku') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        campaign_id,
        sku_id,
        shop_id,

        ---------- text
        exposure,

        ---------- quantities
        stock_quota,
        planned_units,

        ---------- numbers
        margin_floor,

        ---------- money
        promo_price,

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
