with

source as (

    select * from {{ source('warehouse', 'outbound_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        outbound_line_id,
        outbound_id,
        order_line_id,
        sku_id,
        batch_no,
        bin_id,

        ---------- quantities
        planned_qty,
        picked_qty,
        shipped_qty,
        short_qty,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
