with

source as (

    select * from {{ source('reference', 'calendar') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        calendar_id,
        tag,

        ---------- booleans
        is_workday,
        is_shutdown,

        ---------- dates
        calendar_date,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
