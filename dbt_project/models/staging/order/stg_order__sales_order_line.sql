with

source as (

    select * from {{ source('order', 'sales_order_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        order_line_id,
        order_id,
        sku_id,
        platform_item_id,
        bundle_sku_id,
        warehouse_id,

        ---------- text
        fulfil_mode,
        line_status,
        refund_status,

        ---------- quantities
        qty,
        cancelled_qty,
        shipped_qty,
        returned_qty,

        ---------- numbers
        line_no,
        tax_rate,

        ---------- money
        list_price,
        unit_price,
        line_amount,
        allocated_discount,
        allocated_freight,
        tax_amount,

        ---------- booleans
        is_gift,
        lost_sale_flag,

        ---------- timestamps
        promised_ship_by,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
