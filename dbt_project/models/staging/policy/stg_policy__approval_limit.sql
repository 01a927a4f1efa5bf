with

source as (

    select * from {{ source('policy', 'approval_limit') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        role,

        ---------- text
        action,
        currency,

        ---------- money
        max_amount,

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
