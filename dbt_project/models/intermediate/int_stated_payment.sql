{{ config(
    materialized='table',
    unit=['channel_txn_no'],
    changed_by='changed_stated_payments',
    all_units={
        'stg_payment__payment_txn': 'channel_txn_no',
        'stg_payment__channel_statement_line': 'channel_txn_no'
    }
) }}
{%- set changed = changed_stated_payments() %}

-- Control 4: what we booked under each number of a channel, and what the
-- channel states under it. A refund may repeat the number of its payment: both
-- sides are netted.
with

ours as (

    select
        channel_txn_no,
        min(channel) as channel,
        sum(amount) as amount,
        max(paid_at) as paid_at
    from {{ ref('stg_payment__payment_txn') }}
    where
        coalesce(status, 'success') = 'success'
        and txn_kind in ('pay', 'refund')
        and channel_txn_no is not null
        and {{ is_changed('channel_txn_no', changed) }}
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
        max(settled_at) as settled_at
    from {{ ref('stg_payment__channel_statement_line') }}
    where
        line_kind in ('pay', 'refund')
        and channel_txn_no is not null
        and {{ is_changed('channel_txn_no', changed) }}
    group by channel_txn_no

),

final as (

    select
        ---------- ids
        coalesce(ours.channel_txn_no, theirs.channel_txn_no)
            as channel_txn_no,

        ---------- text: each side has its own name of a channel
        ours.channel,
        theirs.channel as stated_channel,

        ---------- money
        ours.amount,
        theirs.amount as stated_amount,

        ---------- booleans
        ours.channel_txn_no is not null as is_booked,
        theirs.channel_txn_no is not null as is_stated,

        ---------- timestamps
        ours.paid_at,
        theirs.settled_at

    from ours
    full outer join theirs on ours.channel_txn_no = theirs.channel_txn_no

)

select * from final
