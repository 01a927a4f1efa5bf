{{ config(
    unit=['match_no'],
    changed_by='changed_payments',
    all_units={
        'stg_payment__payment_txn':
            'coalesce(channel_txn_no, merchant_txn_no, txn_id) as match_no',
        'stg_payment__channel_statement_line':
            'coalesce(channel_refund_no, channel_txn_no, merchant_txn_no)'
    }
) }}
{%- set changed = changed_payments() %}
{%- set is_looked_at =
    "match_no in (select unnest("
    "[lines.channel_refund_no, lines.channel_txn_no, lines.merchant_txn_no]"
    ") from lines_looked_at as lines)"
    if changed else "true"
%}
{%- set is_of_looked_at_order =
    "order_id in (select booked.order_id from booked)" if changed else "true"
%}

-- Our books and the channels' statements, matched by the channel's number of
-- the payment; refunds by the number of the refund. Both are read again where
-- they are needed: to keep all their columns would take more than to read some.
with

ours as not materialized (

    select
        source_system,
        txn_id,
        order_id,
        rma_id,
        channel,
        txn_kind,
        amount,
        coalesce(fee, 0) as fee,
        paid_at,
        case when txn_kind in ('pay', 'refund') then txn_kind else 'fee' end
            as matched_as,
        channel_txn_no,
        merchant_txn_no,
        coalesce(channel_txn_no, merchant_txn_no, txn_id) as match_no
    from {{ ref('stg_payment__payment_txn') }}
    where status = 'success' and txn_kind != 'topup'

),

statement_lines as not materialized (

    select
        channel,
        merchant_account,
        case
            when line_kind in ('pay', 'refund') then line_kind
            else 'fee'
        end as matched_as,
        channel_refund_no,
        channel_txn_no,
        merchant_txn_no,
        case when direction = 'out' then -settle_amount else settle_amount end
            as amount,
        coalesce(fee_amount, 0) as fee,
        coalesce(occurred_at, settled_at) as occurred_at,
        settled_at,
        bill_date
    from {{ ref('stg_payment__channel_statement_line') }}
    where line_kind in ('pay', 'refund', 'fee', 'commission', 'ad', 'other')

),

-- all lines that may be of a payment that is looked at
lines_looked_at as (

    select * from statement_lines
    {% if changed %}
        where
            {{ any_is_in(
                ['channel_refund_no', 'channel_txn_no', 'merchant_txn_no'],
                changed_units()
            ) }}
    {% endif %}

),

-- every number under which the other side may know what we booked
numbers as (

    select distinct
        matched_as,
        match_no
    from ours
    where
        coalesce(channel_txn_no, merchant_txn_no) is not null
        and {{ is_looked_at }}

),

-- some of us note the number of the refund, some that of its payment
numbered as (

    select
        statement_lines.*,
        coalesce(
            by_refund.match_no,
            by_channel.match_no,
            by_merchant.match_no,
            statement_lines.channel_refund_no,
            statement_lines.channel_txn_no,
            statement_lines.merchant_txn_no
        ) as match_no
    from lines_looked_at as statement_lines
    left join numbers as by_refund
        on
            statement_lines.channel_refund_no = by_refund.match_no
            and statement_lines.matched_as = by_refund.matched_as
    left join numbers as by_channel
        on
            statement_lines.channel_txn_no = by_channel.match_no
            and statement_lines.matched_as = by_channel.matched_as
    left join numbers as by_merchant
        on
            statement_lines.merchant_txn_no = by_merchant.match_no
            and statement_lines.matched_as = by_merchant.matched_as

),

-- one payment may be settled in several lines
theirs as (

    select
        match_no,
        matched_as as txn_kind,
        min(channel) as channel,
        min(merchant_account) as merchant_account,
        sum(amount) as amount,
        sum(fee) as fee,
        min(occurred_at) as occurred_at,
        max(settled_at) as settled_at,
        count(*) as statement_lines
    from numbered
    where {{ is_changed('match_no', changed) }}
    group by match_no, matched_as

),

booked as (

    select
        match_no,
        matched_as as txn_kind,
        min(source_system) as source_system,
        min(txn_id) as txn_id,
        min(order_id) as order_id,
        bool_or(txn_kind = 'chargeback') as is_chargeback,
        min(channel) as channel,
        sum(amount) as amount,
        sum(fee) as fee,
        min(paid_at) as paid_at,
        count(*) as our_txns
    from ours
    where {{ is_changed('match_no', changed) }}
    group by match_no, matched_as

),

orders as (

    select
        order_id,
        sum(payable_amount) as payable_amount,
        sum(paid_amount) as paid_amount,
        sum(refunded_amount) as refunded_amount
    from {{ ref('stg_order__sales_order') }}
    where {{ is_of_looked_at_order }}
    group by order_id

),

order_cash as (

    select
        order_id,
        sum(case when txn_kind = 'pay' then amount else 0 end) as paid,
        sum(case when txn_kind = 'refund' then -amount else 0 end) as refunded
    from ours
    where order_id is not null and {{ is_of_looked_at_order }}
    group by order_id

),

last_bill as (

    select
        channel,
        max(bill_date) as bill_date
    from statement_lines
    group by channel

),

last_bill_of_all as (

    select max(bill_date) as bill_date from statement_lines

),

matched as (

    select
        coalesce(booked.match_no, theirs.match_no) as match_no,
        coalesce(booked.txn_kind, theirs.txn_kind) as txn_kind,
        booked.source_system,
        booked.txn_id,
        booked.order_id,
        coalesce(booked.is_chargeback, false) as is_chargeback,
        coalesce(theirs.channel, booked.channel) as channel,
        theirs.merchant_account,
        booked.amount as our_amount,
        theirs.amount as channel_amount,
        booked.fee as our_fee,
        theirs.fee as channel_fee,
        booked.paid_at,
        theirs.settled_at,
        coalesce(booked.paid_at, theirs.occurred_at) as occurred_at,
        coalesce(booked.our_txns, 0) as our_txns,
        coalesce(theirs.statement_lines, 0) as statement_lines
    from booked
    full outer join theirs
        on
            booked.match_no = theirs.match_no
            and booked.txn_kind = theirs.txn_kind

),

judged as (

    select
        matched.*,
        orders.payable_amount,
        case
            when matched.order_id is null then null
            when orders.order_id is null then 'unknown_order'
            when
                abs(
                    order_cash.paid - coalesce(orders.paid_amount, 0)
                ) > 0.01
                then 'paid_differs'
            when
                abs(
                    order_cash.refunded - coalesce(orders.refunded_amount, 0)
                ) > 0.01
                then 'refunded_differs'
            else 'ties'
        end as order_status,
        case
            when matched.our_amount is null then 'only_channel'
            -- the statement of its day has not come yet
            when
                matched.channel_amount is null
                and {{ business_date("matched.paid_at") }}
                > coalesce(last_bill.bill_date, last_bill_of_all.bill_date)
                then 'timing'
            when matched.channel_amount is null then 'only_ours'
            when
                abs(matched.our_amount - matched.channel_amount) > 0.01
                or abs(matched.our_fee - matched.channel_fee) > 0.01
                then 'amount_diff'
            else 'matched'
        end as status
    from matched
    left join orders on matched.order_id = orders.order_id
    left join order_cash on matched.order_id = order_cash.order_id
    left join last_bill on matched.channel = last_bill.channel
    cross join last_bill_of_all

),

final as (

    select
        ---------- ids
        match_no,
        txn_kind,
        source_system,
        txn_id,
        order_id,
        channel,
        merchant_account,

        ---------- text
        status,
        order_status,

        ---------- money
        {{ money("our_amount") }} as our_amount,
        {{ money("channel_amount") }} as channel_amount,
        {{ money("our_fee") }} as our_fee,
        {{ money("channel_fee") }} as channel_fee,
        {{ money(
            "coalesce(our_amount, 0) - coalesce(our_fee, 0) "
            "- coalesce(channel_amount, 0) + coalesce(channel_fee, 0)"
        ) }} as difference_amount,

        ---------- booleans
        is_chargeback,

        ---------- counts
        our_txns,
        statement_lines,

        ---------- days
        case
            when status != 'matched'
                then
                    date_diff(
                        'day',
                        {{ business_date("occurred_at") }},
                        {{ business_date(as_of()) }}
                    )
        end as age_days,
        -- how long the channel held the money
        case
            when status in ('matched', 'amount_diff')
                then
                    date_diff(
                        'day',
                        {{ business_date("paid_at") }},
                        {{ business_date("settled_at") }}
                    )
        end as settled_after_days,

        ---------- timestamps
        paid_at,
        settled_at

    from judged

)

select * from final
-- without statements there is nothing to compare with
where exists (select 1 from statement_lines)
