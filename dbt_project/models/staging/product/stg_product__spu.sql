with

source as (

    select * from {{ source('product', 'spu') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        spu_id,
        brand,
        category_id,

        ---------- text
        spu_name,
        category_path,
        lifecycle,
        attributes,

        ---------- numbers
        shelf_life_days,

        ---------- booleans
        has_batch,

        ---------- dates
        launch_date,
        end_date,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
