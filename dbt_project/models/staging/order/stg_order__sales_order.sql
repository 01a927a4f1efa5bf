with

source as (

    select * from {{ source('order', 'sales_order') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        order_id,
        order_no,
        parent_order_id,
        shop_id,
        merchant_id,
        supplier_id,
        member_id,
        currency,
        dest_province,
        dest_city,
        dest_district,
        warehouse_id,

        ---------- text
        order_type,
        fulfil_mode,
        status,
        close_reason,
        pay_method,

        ---------- money
        goods_amount,
        freight_charged,
        discount_platform,
        discount_shop,
        coupon_amount,
        points_amount,
        tax_amount,
        payable_amount,
        paid_amount,
        refunded_amount,

        ---------- booleans
        is_cod,

        ---------- timestamps
        ordered_at,
        paid_at,
        audited_at,
        shipped_at,
        delivered_at,
        completed_at,
        closed_at,
        promised_ship_by,
        promised_deliver_by,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
