with

source as (

    select * from {{ source('policy', 'wave_rule') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,

        ---------- text
        wave_type,

        ---------- numbers
        min_orders,
        max_orders,
        min_units,
        max_units,

        ---------- dates
        valid_from,
        valid_to,

        ---------- timestamps
        published_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
