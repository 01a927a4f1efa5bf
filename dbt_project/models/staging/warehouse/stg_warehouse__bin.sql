with

source as (

    select * from {{ source('warehouse', 'bin') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,
        bin_id,
        zone_id,
        aisle,
        bay,
        level,
        pick_face_sku_id,

        ---------- text
        bin_type,

        ---------- quantities
        capacity_volume_l,

        ---------- numbers
        block,
        seq,
        x_m,
        y_m,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
