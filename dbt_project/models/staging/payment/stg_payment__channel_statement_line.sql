with

source as (

    select * from {{ source('payment', 'channel_statement_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        merchant_account,
        statement_id,
        channel_txn_no,
        merchant_txn_no,
        channel_refund_no,
        merchant_refund_no,
        currency,

        ---------- text
        channel,
        line_kind,
        direction,

        ---------- numbers
        line_no,
        fee_rate,

        ---------- money
        order_amount,
        settle_amount,
        refund_amount,
        coupon_amount,
        fee_amount,
        account_balance,

        ---------- dates
        bill_date,

        ---------- timestamps
        occurred_at,
        settled_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
