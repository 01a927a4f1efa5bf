-- Joins neither lose nor multiply: totals of marts equal those they came from.
{{ config(
    tags=['of_views'],
    meta={'dagster': {'ref': {'name': 'profit_waterfall'}}}
) }}

with

totals as (

    select
        'profit_waterfall: lines' as total,
        (select count(*) from {{ ref('profit_waterfall') }}) as in_mart,
        (
            select count(*) from {{ ref('int_order_line') }}
            where sold_qty > 0
        ) as in_source

    union all

    select
        'profit_waterfall: payment fees' as total,
        (select -sum(payment_fee_amount) from {{ ref('profit_waterfall') }})
            as in_mart,
        (
            select sum(payments.fee)
            from {{ ref('stg_payment__payment_txn') }} as payments
            semi join {{ ref('profit_waterfall') }} as waterfall
                on payments.order_id = waterfall.order_id
            where payments.status = 'success'
        ) as in_source

    union all

    select
        'profit_waterfall: refunds' as total,
        (select -sum(refund_amount) from {{ ref('profit_waterfall') }})
            as in_mart,
        (
            select sum(refunds.refund_net_amount)
            from {{ ref('int_return_money') }} as refunds
            semi join {{ ref('profit_waterfall') }} as waterfall
                on refunds.order_line_id = waterfall.order_line_id
        ) as in_source

)

select * from totals
-- a cent, and a millionth for what shares of amounts were rounded
where
    abs(coalesce(in_mart, 0) - coalesce(in_source, 0))
    > 0.01 + 0.000001 * abs(coalesce(in_source, 0))
