with

source as (

    select * from {{ source('order', 'subscription') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        subscription_id,
        sku_id,
        shop_id,
        member_id,

        ---------- text
        status,

        ---------- quantities
        qty,

        ---------- numbers
        every_days,

        ---------- dates
        next_at,
        ends_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
