with

source as (

    select * from {{ source('policy', 'health_threshold') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        segment,

        ---------- text
        status,

        ---------- numbers
        days,

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
