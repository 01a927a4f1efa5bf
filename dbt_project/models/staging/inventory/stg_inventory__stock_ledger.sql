with

source as (

    select * from {{ source('inventory', 'stock_ledger') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        ledger_id,
        warehouse_id,
        bin_id,
        sku_id,
        batch_no,
        owner_party_id,
        ref_id,
        ref_line_id,
        operator,

        ---------- text
        stock_status,
        move_type,
        bucket,
        ref_type,
        reason,

        ---------- quantities
        qty_delta,
        qty_before,
        qty_after,

        ---------- timestamps
        occurred_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
