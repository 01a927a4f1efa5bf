with

source as (

    select * from {{ source('procurement', 'purchase_order') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        po_id,
        po_no,
        supplier_id,
        ship_to_warehouse_id,
        buyer,
        currency,

        ---------- text
        po_type,
        status,
        settle_status,
        origin,

        ---------- money
        goods_amount,
        tax_amount,
        freight_amount,
        total_amount,

        ---------- booleans
        tax_included,

        ---------- timestamps
        ordered_at,
        approved_at,
        confirmed_at,
        closed_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
