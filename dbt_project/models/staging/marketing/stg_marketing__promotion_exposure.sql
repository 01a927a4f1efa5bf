with

source as (

    select * from {{ source('marketing', 'promotion_exposure') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        sku_id,
        shop_id,

        ---------- text
        display,
        mailer,
        placement,

        ---------- dates
        week_start,

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
