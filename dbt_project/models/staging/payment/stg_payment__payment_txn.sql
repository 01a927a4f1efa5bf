with

source as (

    select * from {{ source('payment', 'payment_txn') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        txn_id,
        order_id,
        rma_id,
        channel_txn_no,
        merchant_txn_no,
        currency,

        ---------- text
        txn_kind,
        channel,
        status,
        risk_flag,

        ---------- money
        amount,
        fee,

        ---------- timestamps
        paid_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
