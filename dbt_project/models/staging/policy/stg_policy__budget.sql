with

source as (

    select * from {{ source('policy', 'budget') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        period,
        scope,
        currency,

        ---------- money
        amount,

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
