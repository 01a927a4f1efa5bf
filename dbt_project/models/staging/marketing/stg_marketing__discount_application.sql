with

source as (

    select * from {{ source('marketing', 'discount_application') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        discount_id,
        order_id,
        order_line_id,
        campaign_id,
        coupon_code,
        member_id,

        ---------- text
        funded_by,

        ---------- money
        discount_amount,

        ---------- timestamps
        applied_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
