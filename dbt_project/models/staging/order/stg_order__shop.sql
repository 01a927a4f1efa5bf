with

source as (

    select * from {{ source('order', 'shop') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        shop_id,
        merchant_id,
        currency,
        tz,

        ---------- text
        shop_name,
        platform,
        fulfil_mode_default,

        ---------- numbers
        commission_rate,

        ---------- booleans
        tax_included,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
