with

source as (

    select * from {{ source('warehouse', 'wave') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        wave_id,
        warehouse_id,
        rule,
        plan_id,

        ---------- text
        wave_type,
        status,

        ---------- numbers
        order_count,
        line_count,
        unit_count,

        ---------- timestamps
        created_at,
        started_at,
        finished_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
