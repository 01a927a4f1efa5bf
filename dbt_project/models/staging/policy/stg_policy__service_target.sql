with

source as (

    select * from {{ source('policy', 'service_target') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        segment,
        warehouse_id,

        ---------- text
        measure,

        ---------- numbers
        target,

        ---------- money
        shortage_penalty,

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
