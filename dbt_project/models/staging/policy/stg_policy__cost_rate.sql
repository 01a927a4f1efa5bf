with

source as (

    select * from {{ source('policy', 'cost_rate') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        scope,
        currency,

        ---------- text
        kind,
        unit,

        ---------- numbers
        value,

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
