{{ config(tags=['after_plan']) }}

with

planned as (

    select * from {{ source('plan', 'cash_week') }}

),

final as (

    select
        ---------- ids
        scenario,
        week_no,

        ---------- money in, expected
        {{ money("receipts") }} as receipt_amount,
        {{ money("fees") }} as fee_amount,
        {{ money("refunds") }} as refund_amount,
        {{ money("payouts") }} as payout_amount,

        ---------- money out, expected
        {{ money("supplier_invoice") }} as supplier_invoice_amount,
        {{ money("goods_not_invoiced") }} as goods_not_invoiced_amount,
        {{ money("open_orders") }} as open_order_amount,
        {{ money("approved_orders") }} as approved_order_amount,
        {{ money("suggested_orders") }} as suggested_order_amount,
        {{ money("later_orders") }} as later_order_amount,

        ---------- what is left of the week
        {{ money("net") }} as net_amount,
        {{ money("net_p10") }} as net_p10_amount,
        {{ money("net_p50") }} as net_p50_amount,
        {{ money("net_p90") }} as net_p90_amount,

        ---------- and since today
        {{ money("cumulative_p10") }} as cumulative_p10_amount,
        {{ money("cumulative_p50") }} as cumulative_p50_amount,
        {{ money("cumulative_p90") }} as cumulative_p90_amount,

        ---------- dates
        week_start,

        ---------- what the figures lack
        coalesce(left_out_currencies, []) as left_out_currencies

    from planned

)

select * from final
