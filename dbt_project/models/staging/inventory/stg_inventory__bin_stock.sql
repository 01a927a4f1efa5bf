with

source as (

    select * from {{ source('inventory', 'bin_stock') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,
        bin_id,
        sku_id,
        batch_no,
        owner_party_id,

        ---------- text
        stock_status,

        ---------- quantities
        on_hand_qty,
        reserved_qty,

        ---------- timestamps
        as_of,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
