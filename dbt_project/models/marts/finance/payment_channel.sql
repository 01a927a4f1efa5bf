with

payments as (

    select
        *,
        cast(date_trunc('month', coalesce(paid_at, settled_at)) as date)
            as month_start
    from {{ ref('payment_reconciliation') }}

),

final as (

    select
        ---------- ids
        month_start,
        coalesce(channel, '') as channel,

        ---------- counts
        count(*) filter (where txn_kind = 'pay') as payments,
        count(*) filter (where is_chargeback) as chargebacks,

        ---------- money
        {{ money(
            "coalesce(sum(our_amount) filter (where txn_kind = 'pay'), 0)"
        ) }} as paid_amount,
        {{ money(
            "coalesce(-sum(our_amount) filter (where txn_kind = 'refund'), 0)"
        ) }} as refunded_amount,
        {{ money("coalesce(sum(our_fee), 0)") }} as fee_amount,
        {{ money(
            "coalesce(-sum(our_amount) filter (where is_chargeback), 0)"
        ) }} as chargeback_amount,
        -- paid by customers, held by the channel
        {{ money(
            "coalesce(sum(our_amount - coalesce(our_fee, 0)) "
            "filter (where settled_at is null and txn_kind != 'fee'), 0)"
        ) }} as held_amount,
        {{ money(
            "coalesce(sum(abs(difference_amount)) "
            "filter (where status not in ('matched', 'timing')), 0)"
        ) }} as disputed_amount,

        ---------- shares
        round(
            sum(our_fee) filter (where txn_kind = 'pay')
            / cast(
                nullif(sum(our_amount) filter (where txn_kind = 'pay'), 0)
                as double
            ),
            6
        ) as fee_rate,
        round(
            count(*) filter (where is_chargeback)
            / cast(
                nullif(count(*) filter (where txn_kind = 'pay'), 0) as double
            ),
            6
        ) as chargeback_rate,

        ---------- days
        round(
            sum(our_amount * settled_after_days) filter (
                where txn_kind = 'pay'
            )
            / cast(
                nullif(
                    sum(our_amount) filter (
                        where
                        txn_kind = 'pay' and settled_after_days is not null
                    ),
                    0
                ) as double
            ),
            2
        ) as settled_after_days

    from payments
    group by month_start, coalesce(channel, '')

)

select * from final
