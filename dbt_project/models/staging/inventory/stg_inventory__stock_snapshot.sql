with

source as (

    select * from {{ source('inventory', 'stock_snapshot') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,
        sku_id,
        batch_no,
        owner_party_id,

        ---------- text
        stock_status,

        ---------- quantities
        on_hand_qty,
        locked_qty,
        allocated_qty,
        available_qty,
        in_transit_po_qty,
        in_transit_transfer_qty,
        return_in_transit_qty,
        safety_qty,

        ---------- money
        unit_cost,

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
