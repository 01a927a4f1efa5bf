with

source as (

    select * from {{ source('warehouse', 'shift_capacity') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,
        shift,
        zone_id,

        ---------- text
        stage,

        ---------- numbers
        workers,
        minutes,
        units_per_hour,
        carts,
        cart_slots,
        cart_volume_l,

        ---------- dates
        shift_date,

        ---------- timestamps
        starts_at,
        ends_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
