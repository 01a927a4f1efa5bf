with

source as (

    select * from {{ source('reference', 'uom') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        uom,

        ---------- text
        uom_name,
        dimension,

        ---------- numbers
        ratio_numerator,
        ratio_denominator,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
