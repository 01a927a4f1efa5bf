{{ config(materialized='table') }}

-- Control 4: refunds against payments, our books against the channels'.
with

transactions as (

    select * from {{ ref('stg_payment__payment_txn') }}
    where coalesce(status, 'success') = 'success'

),

payments as (

    select * from {{ ref('int_stated_payment') }}

),

-- our name of a channel need not be the statement's: pairs tell which is stated
-- how far; what was paid later is still to be stated
stated as (

    select
        channel,
        least(max(settled_at), {{ as_of() }}) - interval 1 day as stated_to
    from payments
    where is_booked and is_stated
    group by channel

),

paid_orders as (

    select count(distinct order_id) as order_count
    from transactions

),

-- an order of which nothing was paid back is counted, not summed
by_order as (

    select
        order_id,
        coalesce(sum(amount) filter (where amount > 0), 0) as paid_amount,
        coalesce(-sum(amount) filter (where amount < 0), 0) as back_amount,
        min({{ source_of('payment.payment_txn') }}) as source
    from transactions
    where
        order_id in (
            select back.order_id from transactions as back
            where back.amount < 0
        )
    group by order_id

),

no_refunds as (

    select
        any_value(paid_orders.order_count)
        - count(by_order.order_id) as row_count
    from paid_orders
    left join by_order on true

),

refunds as (

    select
        'refunds_within_payments' as check_name,
        '*' as scope,
        order_id as record_key,
        back_amount as found,
        least(back_amount, paid_amount) as expected,
        source
    from by_order

),

amounts as (

    select
        'statement_amount' as check_name,
        channel as scope,
        channel_txn_no as record_key,
        stated_amount as found,
        amount as expected
    from payments
    where is_booked and is_stated

),

only_ours as (

    select
        'payment_is_stated' as check_name,
        payments.channel as scope,
        payments.channel_txn_no as record_key,
        case when payments.is_stated then payments.amount else 0 end as found,
        payments.amount as expected
    from payments
    inner join stated
        on
            payments.channel = stated.channel
            and payments.paid_at < stated.stated_to
    where payments.is_booked

),

only_theirs as (

    select
        'statement_is_booked' as check_name,
        stated_channel as scope,
        channel_txn_no as record_key,
        stated_amount as found,
        case when is_booked then stated_amount else 0 end as expected
    from payments
    where
        is_stated
        and {{ is_delivered('payment', 'payment_txn') }}

),

matched as (

    select * from amounts
    union all
    select * from only_ours
    union all
    select * from only_theirs

),

-- where a payment comes from is looked up for what is off alone
off as (

    select * from matched
    where found != expected

),

sources as (

    select
        'ours' as side,
        channel_txn_no,
        min({{ source_of('payment.payment_txn') }}) as source
    from transactions
    where
        txn_kind in ('pay', 'refund')
        and channel_txn_no in (select off.record_key from off)
    group by channel_txn_no

    union all

    select
        'theirs' as side,
        channel_txn_no,
        min({{ source_of('payment.channel_statement_line') }}) as source
    from {{ ref('stg_payment__channel_statement_line') }}
    where
        line_kind in ('pay', 'refund')
        and channel_txn_no in (select off.record_key from off)
    group by channel_txn_no

),

together as (

    select
        check_name,
        scope,
        null as record_key,
        0 as found,
        0 as expected,
        null as source,
        count(*) as row_count
    from matched
    where found = expected
    group by check_name, scope

    union all

    select
        off.*,
        sources.source,
        1 as row_count
    from off
    left join sources
        on
            off.record_key = sources.channel_txn_no
            and sources.side = case
                when off.check_name = 'payment_is_stated' then 'ours'
                else 'theirs'
            end

    union all

    select
        'refunds_within_payments' as check_name,
        '*' as scope,
        null as record_key,
        0 as found,
        0 as expected,
        null as source,
        row_count
    from no_refunds
    where row_count > 0

    union all

    select
        *,
        1 as row_count
    from refunds

),

compared as (

    select
        *,
        abs(found - expected) as money_at_stake
    from together

),

{{ summed_checks('compared', row_count='row_count') }}

select * from final
