with

source as (

    select * from {{ source('supplier', 'supplier') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        supplier_id,
        currency,
        tax_no,
        region,
        contract_no,
        calendar_id,

        ---------- text
        supplier_name,
        supplier_type,
        status,
        rating,
        settle_method,
        invoice_type,
        rebate_terms,
        order_weekdays,

        ---------- numbers
        payment_terms_days,
        order_cycle_days,

        ---------- money
        min_order_amount,
        order_cost,

        ---------- booleans
        return_allowed,

        ---------- dates
        contract_from,
        contract_to,
        licence_to,

        ---------- timestamps
        order_cutoff_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
