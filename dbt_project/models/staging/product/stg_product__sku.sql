with

source as (

    select * from {{ source('product', 'sku') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        sku_id,
        spu_id,
        barcode,
        base_uom,
        tax_code,
        planner,

        ---------- text
        sku_name,
        spec,
        storage_class,
        status,
        abc,

        ---------- numbers
        weight_g,
        length_mm,
        width_mm,
        height_mm,
        tax_rate,
        min_remaining_days_out,
        min_remaining_days_in,

        ---------- booleans
        is_serial,
        is_hazmat,
        no_air,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
