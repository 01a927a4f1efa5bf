with

source as (

    select * from {{ source('inventory', 'batch') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        sku_id,
        batch_no,
        supplier_id,

        ---------- text
        status,

        ---------- money
        unit_cost,

        ---------- dates
        production_date,
        expiry_date,

        ---------- timestamps
        first_receipt_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
