with

source as (

    select * from {{ source('marketing', 'campaign') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        campaign_id,
        shop_id,
        member_tier,

        ---------- text
        name,
        tool,
        funded_by,
        status,

        ---------- numbers
        discount_rate,
        supplier_fund_share,
        issued_qty,
        redeemed_qty,

        ---------- money
        budget,
        spent_amount,
        threshold_amount,
        discount_value,

        ---------- timestamps
        starts_at,
        ends_at,
        published_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
