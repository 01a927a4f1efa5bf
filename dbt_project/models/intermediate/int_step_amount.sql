{%- set line_steps = [
    ("revenue", "sold_amount"),
    ("output_tax", "tax_amount"),
    ("landed_cost", "landed_cost_amount"),
    ("warehouse_cost", "warehouse_cost_amount"),
    ("return_loss", "return_loss_amount"),
    ("platform_funding", "platform_funding_amount"),
    ("supplier_funding", "supplier_funding_amount"),
    ("capital_cost", "capital_cost_amount"),
    ("chargeback", "chargeback_amount")
] %}

-- The amounts of the waterfall's steps by the day on which the ledger books
-- them, and what the same documents say beyond its order lines. Signed as
-- profit: income above zero, cost below.
with

waterfall as (

    select
        *,
        net_revenue_amount - tax_amount as gross_amount,
        case
            when fulfil_mode = 'merchant'
                then
                    round(
                        (net_revenue_amount - tax_amount)
                        * merchant_commission_rate,
                        2
                    )
            else net_revenue_amount
        end as sold_amount
    from {{ ref('profit_waterfall') }}

),

standing as (

    select distinct order_id from waterfall

),

postings as (

    select * from {{ ref('int_ledger_posting') }}

),

returns as (

    select
        returns.*,
        coalesce(waterfall.commission_rate, 0) as commission_rate,
        coalesce(waterfall.merchant_commission_rate, 0)
            as merchant_commission_rate
    from {{ ref('int_return_money') }} as returns
    left join waterfall
        on returns.order_line_id = waterfall.order_line_id

),

payments as (

    select
        payments.*,
        {{ business_date("payments.paid_at") }} as paid_date,
        standing.order_id is not null as has_line
    from {{ ref('stg_payment__payment_txn') }} as payments
    left join standing
        on payments.order_id = standing.order_id
    where payments.status = 'success'

),

orders as (

    select
        order_id,
        min(shop_id) as shop_id
    from {{ ref('stg_order__sales_order') }}
    group by order_id

),

shops as (

    select
        shop_id,
        max(commission_rate) as commission_rate
    from {{ ref('stg_order__shop') }}
    where merchant_id is null and commission_rate > 0
    group by shop_id

),

-- platforms take their rate on what was paid less refunds, per shop and month
turnover as (

    select
        orders.shop_id,
        date_trunc('month', payments.paid_date) as month_start,
        greatest(sum(payments.amount), 0) * any_value(shops.commission_rate)
            as commission
    from payments
    inner join orders on payments.order_id = orders.order_id
    inner join shops on orders.shop_id = shops.shop_id
    where payments.txn_kind in ('pay', 'refund')
    group by orders.shop_id, date_trunc('month', payments.paid_date)

),

first_payments as (

    select
        order_id,
        min(paid_date) as paid_date
    from payments
    where txn_kind = 'pay'
    group by order_id

),

bills as (

    select
        carrier_id,
        waybill_no,
        billed_at,
        charge_type = 'return' as is_return,
        sum(amount) as amount
    from {{ ref('stg_logistics__freight_bill_line') }}
    group by carrier_id, waybill_no, billed_at, charge_type = 'return'

),

-- parcels with a line of the waterfall, on their way out or back; two systems
-- may tell of one
our_waybills as (

    select distinct
        carrier_id,
        waybill_no,
        false as is_return
    from {{ ref('stg_logistics__shipment') }}
    where
        direction = 'outbound'
        and outbound_id in (
            select lines.outbound_id
            from {{ ref('stg_warehouse__outbound_line') }} as lines
            where
                lines.order_line_id in (
                    select waterfall.order_line_id from waterfall
                )
        )
    union all
    select distinct
        carrier_id,
        waybill_no,
        true as is_return
    from {{ ref('stg_logistics__shipment') }}
    where
        waybill_no in (
            select cases.return_waybill_no
            from {{ ref('stg_aftersales__rma') }} as cases
            inner join {{ ref('stg_aftersales__rma_line') }} as lines
                on
                    cases.source_system = lines.source_system
                    and cases.rma_id = lines.rma_id
            where
                lines.rma_line_id in (select returns.rma_line_id from returns)
        )

),

-- booked in days in which no line was sold on a campaign that costs money
marketing_of_no_line as (

    select
        postings.posted_at,
        sum(postings.amount) as amount
    from postings
    where
        postings.role = 'marketing'
        and postings.posted_at not in (
            select posting_days.posted_at
            from {{ ref('int_posting_day') }} as posting_days
            inner join waterfall
                on posting_days.covered_date = waterfall.ordered_date
            where waterfall.marketing_amount != 0
        )
    group by postings.posted_at

),

-- what a line books on the day on which it is sold, summed at once: each day
-- is a line of the union then, not each line
sold as (

    select
        recognised_date,
        fulfil_mode,
        {{ counted_sums(line_steps) }}
    from waterfall
    group by recognised_date, fulfil_mode

),

of_sold as (

    {% for step, amount in line_steps %}
        select
            {% if step == "landed_cost" %}
                case
                    when fulfil_mode = 'own' then 'landed_cost_own'
                    else 'landed_cost_dropship'
                end as step,
            {% else %}
                '{{ step }}' as step,
            {% endif %}
            recognised_date as booked_on,
            {{ step }} as in_waterfall,
            0 as outside,
            {{ step }}_count as amount_count
        from sold
        {% if step in ("output_tax", "landed_cost") %}
            where fulfil_mode != 'merchant'
        {% endif %}

        union all

    {% endfor %}

    select
        'marketing' as step,
        ordered_date as booked_on,
        sum(marketing_amount) as in_waterfall,
        0 as outside,
        count(*) as amount_count
    from waterfall
    where marketing_amount != 0
    group by ordered_date

),

single as (

    select
        'marketing' as step,
        posted_at as booked_on,
        0 as in_waterfall,
        -amount as outside
    from marketing_of_no_line

    union all

    select
        'refund' as step,
        refunded_date as booked_on,
        -case
            when fulfil_mode = 'merchant'
                then
                    round(refund_gross_amount * merchant_commission_rate, 2)
            else refund_net_amount
        end as in_waterfall,
        0 as outside
    from returns

    union all

    select
        'refund_tax' as step,
        refunded_date as booked_on,
        refund_tax_amount as in_waterfall,
        0 as outside
    from returns
    where fulfil_mode != 'merchant'

    union all

    select
        'return_recovery' as step,
        received_date as booked_on,
        recovery_amount as in_waterfall,
        0 as outside
    from returns

    union all

    select
        'freight' as step,
        bills.billed_at as booked_on,
        case when our_waybills.waybill_no is null then 0 else -bills.amount end
            as in_waterfall,
        case when our_waybills.waybill_no is null then -bills.amount else 0 end
            as outside
    from bills
    left join our_waybills
        on
            bills.carrier_id = our_waybills.carrier_id
            and bills.waybill_no = our_waybills.waybill_no
            and bills.is_return = our_waybills.is_return

    union all

    select
        'payment_fee' as step,
        paid_date as booked_on,
        case when has_line then -fee else 0 end as in_waterfall,
        case when has_line then 0 else -fee end as outside
    from payments
    where fee != 0

    union all

    -- what platforms took and no standing line bears: cancelled after the
    -- month of the payment, and what fen were rounded off
    select
        'platform_commission' as step,
        last_day(month_start) as booked_on,
        0 as in_waterfall,
        {{ money("-round(commission, 2)") }} as outside
    from turnover

    union all

    select
        'platform_commission' as step,
        last_day(first_payments.paid_date) as booked_on,
        {{ narrowed(
            "(-waterfall.gross_amount * waterfall.commission_rate)"
        ) }} as in_waterfall,
        -in_waterfall as outside
    from waterfall
    inner join first_payments on waterfall.order_id = first_payments.order_id
    where waterfall.commission_rate > 0

    union all

    select
        'platform_commission' as step,
        last_day(refunded_date) as booked_on,
        {{ money("refund_gross_amount * commission_rate") }} as in_waterfall,
        {{ money("-refund_gross_amount * commission_rate") }} as outside
    from returns
    where commission_rate > 0

    union all

    -- money in the channels, before and after their fees
    select
        case when txn_kind = 'refund' then 'cash_refunded' else 'cash_paid' end
            as step,
        paid_date as booked_on,
        amount - coalesce(fee, 0) as in_waterfall,
        0 as outside
    from payments
    where txn_kind in ('pay', 'refund', 'fee')

),

final as (

    select * from of_sold
    where amount_count > 0
    union all
    select
        *,
        1 as amount_count
    from single
    where in_waterfall != 0 or outside != 0

)

select * from final
