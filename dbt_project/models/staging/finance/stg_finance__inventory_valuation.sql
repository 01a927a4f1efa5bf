with

source as (

    select * from {{ source('finance', 'inventory_valuation') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        period,
        warehouse_id,
        cost_center,
        sku_id,
        batch_no,
        layer_id,

        ---------- text
        method,

        ---------- quantities
        opening_qty,
        in_qty,
        out_qty,
        closing_qty,

        ---------- money
        opening_amount,
        in_amount,
        out_amount,
        closing_amount,
        unit_cost,
        writedown_amount,

        ---------- booleans
        is_closed,

        ---------- dates
        as_of,

        ---------- timestamps
        layer_received_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
