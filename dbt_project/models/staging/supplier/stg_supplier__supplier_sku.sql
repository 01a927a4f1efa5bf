with

source as (

    select * from {{ source('supplier', 'supplier_sku') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        supplier_id,
        sku_id,
        ship_to_warehouse_id,
        supplier_item_no,
        currency,
        purchase_uom,

        ---------- quantities
        min_qty,
        moq,
        order_multiple,
        capacity_per_week,

        ---------- numbers
        tax_rate,
        lead_time_days,
        lead_time_std_days,
        share_pct,

        ---------- money
        purchase_price,

        ---------- booleans
        is_primary,
        tax_included,

        ---------- dates
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
