with

source as (

    select * from {{ source('payment', 'sales_invoice') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        invoice_code,
        invoice_no,
        order_id,
        shop_id,
        red_of_invoice_no,
        buyer_tax_no,

        ---------- text
        invoice_type,
        status,

        ---------- numbers
        tax_rate,

        ---------- money
        amount_ex_tax,
        tax_amount,
        amount,

        ---------- booleans
        is_red,

        ---------- timestamps
        invoiced_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
