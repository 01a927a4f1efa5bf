with

source as (

    select * from {{ source('reference', 'account') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        account_code,

        ---------- text
        account_name,
        role,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
