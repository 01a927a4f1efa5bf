with

source as (

    select * from {{ source('reference', 'fx_rate') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        from_currency,
        to_currency,

        ---------- numbers
        rate,

        ---------- dates
        rate_date,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
