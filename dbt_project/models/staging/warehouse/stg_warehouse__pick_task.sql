with

source as (

    select * from {{ source('warehouse', 'pick_task') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        pick_task_id,
        warehouse_id,
        wave_id,
        outbound_line_id,
        picker_id,
        zone_id,
        bin_id,
        sku_id,
        container_id,
        check_station,

        ---------- text
        short_reason,

        ---------- quantities
        qty,

        ---------- numbers
        seq,

        ---------- booleans
        error_flag,

        ---------- timestamps
        started_at,
        picked_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
