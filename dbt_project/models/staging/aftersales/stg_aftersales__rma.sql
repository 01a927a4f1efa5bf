with

source as (

    select * from {{ source('aftersales', 'rma') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        rma_id,
        rma_no,
        order_id,
        return_waybill_no,
        exchange_order_id,

        ---------- text
        rma_type,
        status,
        reason_code,
        liability,
        freight_payer,

        ---------- money
        refund_amount,
        return_freight,

        ---------- timestamps
        applied_at,
        approved_at,
        received_at,
        refunded_at,
        closed_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
