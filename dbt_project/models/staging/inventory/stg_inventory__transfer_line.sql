with

source as (

    select * from {{ source('inventory', 'transfer_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        transfer_line_id,
        transfer_id,
        from_warehouse_id,
        to_warehouse_id,
        sku_id,
        batch_no,
        suggestion_id,

        ---------- text
        status,
        reason,

        ---------- quantities
        planned_qty,
        shipped_qty,
        received_qty,

        ---------- timestamps
        created_at,
        shipped_at,
        received_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
