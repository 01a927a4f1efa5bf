with

source as (

    select * from {{ source('policy', 'supplier_term') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        supplier_id,
        scope,

        ---------- text
        term_kind,
        measure,
        price_break_kind,
        period,

        ---------- quantities
        from_volume,

        ---------- numbers
        value as term_value,

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
