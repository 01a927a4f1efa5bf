with

source as (

    select * from {{ source('supplier', 'supplier_offer') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        supplier_id,
        sku_id,

        ---------- quantities
        available_qty,

        ---------- money
        offered_price,
        announced_price,

        ---------- booleans
        confirmed,

        ---------- dates
        next_available_date,
        announced_from,

        ---------- timestamps
        as_of,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
