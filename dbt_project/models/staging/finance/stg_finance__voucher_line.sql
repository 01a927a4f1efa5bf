with

source as (

    select * from {{ source('finance', 'voucher_line') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        ledger_id,
        voucher_id,
        account_code,
        currency,
        source_id,

        ---------- text
        period,
        account_name,
        dims,
        source_type,

        ---------- numbers
        line_no,
        fx_rate,

        ---------- money
        debit,
        credit,

        ---------- booleans
        is_reversal,

        ---------- dates
        posted_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
