{{ config(tags=['planning']) }}

{%- set since = as_of() ~ " - interval 90 day" %}

-- how money came and went in 90 days, in the currency of most of our sales;
-- what no rate is known for is left out; money is rounded before it is summed,
-- as sums of doubles depend on the order of their rows
with

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

payments as (

    select
        paid.order_id,
        paid.txn_kind,
        paid.paid_at,
        {{ money("paid.amount * rates.rate") }} as amount,
        {{ money("paid.fee * rates.rate") }} as fee
    from {{ ref('stg_payment__payment_txn') }} as paid
    inner join rates on coalesce(paid.currency, '') = rates.currency
    where
        paid.paid_at >= {{ since }}
        and paid.paid_at <= {{ as_of() }}
        and coalesce(paid.status, 'success') = 'success'

),

order_lines as (

    select
        lines.fulfil_mode,
        lines.merchant_commission_rate,
        {{ money("lines.paid_line_amount * rates.rate") }} as paid_line_amount,
        {{ money("lines.net_revenue_amount * rates.rate") }}
            as net_revenue_amount
    from {{ ref('int_order_line') }} as lines
    inner join rates on coalesce(lines.currency, '') = rates.currency
    where lines.ordered_at >= {{ since }} and lines.sold_qty > 0

),

purchase_lines as (

    select
        lines.tax_rate,
        {{ money(
            "(lines.ordered_qty - lines.cancelled_qty) * lines.net_unit_price "
            "* rates.rate"
        ) }} as net_amount
    from {{ ref('int_purchase_line') }} as lines
    inner join rates on coalesce(lines.currency, '') = rates.currency
    where lines.ordered_at >= {{ since }} and lines.po_type = 'dropship'

),

settlements as (

    select
        avg({{ elapsed("minute", "occurred_at", "settled_at") }}) / 1440.0
            as settle_days
    from {{ ref('stg_payment__channel_statement_line') }}
    where settled_at is not null and occurred_at >= {{ since }}

),

paid as (

    select
        sum(amount) filter (where txn_kind = 'pay') as paid_amount,
        -sum(amount) filter (where txn_kind = 'refund') as refunded_amount,
        coalesce(sum(fee) filter (where txn_kind = 'pay'), 0)
        - coalesce(sum(amount) filter (where txn_kind = 'fee'), 0)
            as fee_amount,
        min(paid_at) as first_paid_at
    from payments

),

first_payments as (

    select
        order_id,
        min(paid_at) as paid_at
    from {{ ref('stg_payment__payment_txn') }}
    where
        txn_kind = 'pay'
        and order_id is not null
        and coalesce(status, 'success') = 'success'
    group by order_id

),

refunds as (

    select
        sum(
            payments.amount
            * {{ elapsed(
                "minute", "first_payments.paid_at", "payments.paid_at"
            ) }}
        ) / nullif(sum(payments.amount), 0) / 1440.0 as refund_days
    from payments
    inner join first_payments on payments.order_id = first_payments.order_id
    where payments.txn_kind = 'refund'

),

sold as (

    select
        sum(paid_line_amount) filter (where fulfil_mode = 'own')
        / nullif(
            sum(net_revenue_amount) filter (where fulfil_mode = 'own'), 0
        ) as gross_per_net,
        sum(paid_line_amount) filter (where fulfil_mode != 'own')
            as other_amount,
        sum(
            {{ money(
                "paid_line_amount * (1 - coalesce(merchant_commission_rate, 0))"
            ) }}
        ) filter (where fulfil_mode = 'merchant') as merchant_amount
    from order_lines

),

dropshipped as (

    select
        sum({{ with_tax("net_amount", "tax_rate") }}) as amount
    from purchase_lines

),

kinds as (

    select
        unnest([
            'fee_share',
            'refund_share',
            'refund_days',
            'settle_days',
            'gross_per_net',
            'other_receipts',
            'other_payouts'
        ]) as kind

),

measured as (

    select
        kinds.kind,
        paid.paid_amount,
        paid.refunded_amount,
        paid.fee_amount,
        settlements.settle_days,
        refunds.refund_days,
        sold.gross_per_net,
        sold.other_amount,
        coalesce(sold.merchant_amount, 0) + coalesce(dropshipped.amount, 0)
            as owners_amount,
        greatest(
            least(
                {{ elapsed("minute", "paid.first_paid_at", as_of()) }}
                / 10080.0,
                90 / 7.0
            ),
            1
        ) as weeks
    from kinds
    cross join paid
    cross join settlements
    cross join refunds
    cross join sold
    cross join dropshipped

),

final as (

    select
        ---------- text
        kind,

        ---------- numbers
        cast(
            coalesce(
                case kind
                    when 'fee_share' then fee_amount / nullif(paid_amount, 0)
                    when 'refund_share'
                        then refunded_amount / nullif(paid_amount, 0)
                    -- a day told without its hour lies before what it follows
                    when 'refund_days' then greatest(refund_days, 0)
                    when 'settle_days' then greatest(settle_days, 0)
                    when 'gross_per_net' then gross_per_net
                    when 'other_receipts' then other_amount / weeks
                    when 'other_payouts' then owners_amount / weeks
                end,
                if(kind = 'gross_per_net', 1, 0)
            ) as double
        ) as rate

    from measured
    -- while nobody has paid, nothing is known
    where paid_amount is not null

)

select * from final
