with

source as (

    select * from {{ source('product', 'review') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        review_id,
        sku_id,
        order_line_id,

        ---------- text
        topic,

        ---------- numbers
        stars,

        ---------- timestamps
        reviewed_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
