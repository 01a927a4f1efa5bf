{{ config(materialized='table', tells=['posted_at']) }}

-- The general ledger by what an account is for. A voucher covers the days
-- since the posting day before it.
with

accounts as (

    select
        account_code,
        min(role) as role
    from {{ ref('stg_reference__account') }}
    group by account_code

),

voucher_lines as (

    select
        voucher_lines.*,
        coalesce(accounts.role, 'other') as role,
        coalesce(voucher_lines.debit, 0) - coalesce(voucher_lines.credit, 0)
            as amount,
        -- goods that left our own stock, or came back to it
        bool_or(coalesce(accounts.role, '') = 'inventory') over (
            partition by
                voucher_lines.source_system,
                voucher_lines.ledger_id,
                voucher_lines.voucher_id
        ) as moves_stock
    from {{ ref('stg_finance__voucher_line') }} as voucher_lines
    left join accounts
        on voucher_lines.account_code = accounts.account_code

),

posting_days as (

    select distinct posted_at from voucher_lines

),

windows as (

    select
        posted_at,
        coalesce(
            lag(posted_at) over (order by posted_at) + 1,
            cast(date_trunc('month', posted_at) as date)
        ) as covers_from
    from posting_days

),

final as (

    select
        ---------- ids
        voucher_lines.ledger_id,
        voucher_lines.account_code,
        json_extract_string(voucher_lines.dims, '$.sku_id') as sku_id,
        json_extract_string(voucher_lines.dims, '$.supplier_id')
            as supplier_id,
        json_extract_string(voucher_lines.dims, '$.warehouse_id')
            as warehouse_id,

        ---------- text
        voucher_lines.period,
        voucher_lines.role,
        coalesce(voucher_lines.source_type, 'other') as source_type,

        ---------- booleans
        voucher_lines.moves_stock,

        ---------- dates
        windows.covers_from,
        voucher_lines.posted_at,

        ---------- money: debits less credits
        {{ money("sum(voucher_lines.amount)") }} as amount
    from voucher_lines
    inner join windows on voucher_lines.posted_at = windows.posted_at
    group by all

)

select * from final
