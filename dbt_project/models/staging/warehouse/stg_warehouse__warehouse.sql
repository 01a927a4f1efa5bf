with

source as (

    select * from {{ source('warehouse', 'warehouse') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,
        region,
        tz,
        parent_warehouse_id,
        receive_calendar_id,

        ---------- text
        name,
        wh_type,
        address,
        cutoff_times,

        ---------- quantities
        max_units_per_day,

        ---------- numbers
        lat,
        lon,

        ---------- money
        cost_per_order,
        cost_per_line,

        ---------- booleans
        is_active,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
