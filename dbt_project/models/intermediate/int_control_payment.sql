{{ config(materialized='table') }}

-- Control 4: refunds against payments, our books against the channels'.
with

transactions as (

    select * from {{ ref('stg_payment__payment_txn') }}
    where coalesce(status, 'success') = 'success'

),

statement_lines as (

    select * from {{ ref('stg_payment__channel_statement_line') }}
    where line_kind in ('pay', 'refund')

),

by_order as (

    select
        order_id,
        coalesce(sum(amount) filter (where amount > 0), 0) as paid_amount,
        coalesce(-sum(amount) filter (where amount < 0), 0) as back_amount,
        min({{ source_of('payment.payment_txn') }}) as source
    from transactions
    where order_id is not null
    group by order_id

),

-- a refund may repeat the number of its payment: both sides are netted
ours as (

    select
        channel_txn_no,
        min(channel) as channel,
        sum(amount) as amount,
        max(paid_at) as paid_at,
        min({{ source_of('payment.payment_txn') }}) as source
    from transactions
    where txn_kind in ('pay', 'refund') and channel_txn_no is not null
    group by channel_txn_no

),

theirs as (

    select
        channel_txn_no,
        min(channel) as channel,
        sum(
            case
                when line_kind = 'refund' then -abs(refund_amount)
                else order_amount
            end
        ) as amount,
        max(settled_at) as settled_at,
        min({{ source_of('payment.channel_statement_line') }}) as source
    from statement_lines
    where channel_txn_no is not null
    group by channel_txn_no

),

-- our name of a channel need not be the statement's: pairs tell which is stated
-- how far; what was paid later is still to be stated
stated as (

    select
        ours.channel,
        least(max(theirs.settled_at), {{ as_of() }}) - interval 1 day
            as stated_to
    from ours
    inner join theirs on ours.channel_txn_no = theirs.channel_txn_no
    group by ours.channel

),

refunds as (

    select
        'refunds_within_payments' as check_name,
        '*' as scope,
        order_id as record_key,
        source,
        back_amount as found,
        least(back_amount, paid_amount) as expected
    from by_order

),

amounts as (

    select
        'statement_amount' as check_name,
        ours.channel as scope,
        ours.channel_txn_no as record_key,
        theirs.source,
        theirs.amount as found,
        ours.amount as expected
    from ours
    inner join theirs on ours.channel_txn_no = theirs.channel_txn_no

),

only_ours as (

    select
        'payment_is_stated' as check_name,
        ours.channel as scope,
        ours.channel_txn_no as record_key,
        ours.source,
        case
            when theirs.channel_txn_no is null then 0
            else ours.amount
        end as found,
        ours.amount as expected
    from ours
    inner join stated
        on
            ours.channel = stated.channel
            and ours.paid_at < stated.stated_to
    left join theirs on ours.channel_txn_no = theirs.channel_txn_no

),

only_theirs as (

    select
        'statement_is_booked' as check_name,
        theirs.channel as scope,
        theirs.channel_txn_no as record_key,
        theirs.source,
        theirs.amount as found,
        case
            when ours.channel_txn_no is null then 0
            else theirs.amount
        end as expected
    from theirs
    left join ours on theirs.channel_txn_no = ours.channel_txn_no
    where {{ is_delivered('payment', 'payment_txn') }}

),

together as (

    select * from refunds
    union all
    select * from amounts
    union all
    select * from only_ours
    union all
    select * from only_theirs

),

compared as (

    select
        *,
        abs(found - expected) as money_at_stake
    from together

),

{{ summed_checks('compared') }}

select * from final
