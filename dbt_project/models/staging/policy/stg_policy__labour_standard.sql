with

source as (

    select * from {{ source('policy', 'labour_standard') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        warehouse_id,

        ---------- text
        stage,

        ---------- numbers
        seconds_per_tour,
        seconds_per_metre,
        seconds_per_pick,
        seconds_per_unit,
        seconds_per_order,

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
