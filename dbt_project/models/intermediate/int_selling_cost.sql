{{ config(materialized='table') }}
{%- set today = business_date(as_of()) %}
{#- Each part, and what it is a share of. -#}
{%- set of_sales = {
    "commission_share": ("commission_amount", "net_amount"),
    "charged_share": ("charged_amount", "net_amount"),
    "freight_cost": ("freight_amount", "sent_qty"),
} -%}
{%- set of_returns = {
    "returned_share": ("returned_qty", "judged_qty"),
    "refund_share": ("refund_amount", "judged_amount"),
    "recovered_share": ("recovered_qty", "judged_qty"),
    "return_freight": ("return_freight_amount", "judged_qty"),
} -%}
{%- set sums = [
    "sold_qty", "net_amount", "charged_amount", "commission_amount",
    "sent_qty", "freight_amount", "judged_qty", "judged_amount",
    "returned_qty", "recovered_qty", "refund_amount", "return_freight_amount",
] %}

-- What a sale of ours costs beside the goods: what left of late, and came back.
-- A SKU's own sales count beside its category's, those beside all. What left
-- a few days ago tells as much of returns as usually is back after such time.
with

skus as (

    select
        sku_id,
        category_id
    from {{ ref('int_sku') }}

),

curve as (

    select
        lag_days,
        cumulative_rate / nullif(max(cumulative_rate) over (), 0)
            as judged_share
    from {{ ref('return_curve') }}

),

payments as (

    select
        (
            coalesce(sum(fee), 0)
            - coalesce(sum(amount) filter (txn_kind = 'chargeback'), 0)
        )
        / nullif(sum(amount) filter (txn_kind = 'pay'), 0) as fee_rate,
        -coalesce(sum(amount) filter (txn_kind = 'fee'), 0)
        / nullif(sum(amount) filter (txn_kind = 'pay'), 0) as taken_rate
    from {{ ref('stg_payment__payment_txn') }}
    where
        status = 'success'
        and paid_at < {{ as_of() }}
        and {{ business_date('paid_at') }}
        >= {{ today }} - {{ var('selling_cost_days') }}

),

-- where no shop names a rate, it is what channels were seen to take
shops as (

    select
        shops.shop_id,
        coalesce(
            shops.commission_rate,
            case
                when bool_and(shops.commission_rate is null) over ()
                    then payments.taken_rate
            end,
            0
        ) as commission_rate
    from {{ ref('int_shop') }} as shops
    cross join payments
    where shops.merchant_id is null

),

returned as (

    select
        order_line_id,
        sum(refund_amount) as refund_amount,
        sum(returned_qty) as returned_qty,
        -- for what was exchanged another one left
        sum(
            case when rma_type = 'exchange' then 0 else returned_qty end
            - unsellable_qty
        ) as recovered_qty,
        sum(return_freight) as return_freight_amount
    from {{ ref('int_return_line') }}
    where coalesce(received_date, refunded_date) < {{ today }}
    group by order_line_id

),

lines as (

    select
        order_lines.order_line_id,
        order_lines.sku_id,
        skus.category_id,
        order_lines.sold_qty,
        order_lines.freight_income_amount,
        order_lines.net_revenue_amount - order_lines.freight_income_amount
            as net_amount,
        order_lines.goods_amount
        - order_lines.order_discount_amount
        + order_lines.freight_income_amount as charged_amount,
        coalesce(shops.commission_rate, 0) as commission_rate,
        coalesce(curve.judged_share, 1) as judged_share
    from {{ ref('int_order_line') }} as order_lines
    left join skus on order_lines.sku_id = skus.sku_id
    left join shops on order_lines.shop_id = shops.shop_id
    left join curve
        on
            curve.lag_days = least(
                date_diff('day', order_lines.shipped_date, {{ today }}) - 1,
                {{ var('return_days') }}
            )
    where
        order_lines.fulfil_mode = 'own'
        and order_lines.sold_qty > 0
        and order_lines.shipped_qty > 0
        and not order_lines.is_gift
        and order_lines.order_type not in ('exchange', 'resend', 'sample')
        and order_lines.shipped_date < {{ today }}
        and order_lines.ordered_date
        >= {{ today }} - {{ var('selling_cost_days') }}

),

-- carriage is what customers do not pay of it
measured as (

    select
        lines.sku_id,
        lines.category_id,
        lines.sold_qty,
        lines.net_amount,
        lines.charged_amount,
        lines.charged_amount * lines.commission_rate as commission_amount,
        case when freight.order_line_id is not null then lines.sold_qty end
            as sent_qty,
        freight.freight_amount - lines.freight_income_amount as freight_amount,
        lines.sold_qty * lines.judged_share as judged_qty,
        lines.net_amount * lines.judged_share as judged_amount,
        coalesce(returned.returned_qty, 0) as returned_qty,
        coalesce(returned.recovered_qty, 0) as recovered_qty,
        coalesce(
            returned.refund_amount
            * lines.net_amount
            / nullif(lines.charged_amount, 0),
            0
        ) as refund_amount,
        coalesce(returned.return_freight_amount, 0) as return_freight_amount
    from lines
    left join {{ ref('int_order_line_freight') }} as freight
        on lines.order_line_id = freight.order_line_id
    left join returned on lines.order_line_id = returned.order_line_id

),

by_sku as (

    select
        sku_id,
        coalesce(any_value(category_id), '') as category_id,
        {%- for name in sums %}
            {{ exact_sum(name) }} as {{ name }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from measured
    group by sku_id

),

by_category as (

    select
        category_id,
        {%- for name in sums %}
            sum({{ name }}) as {{ name }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from by_sku
    group by category_id

),

of_all as (

    select
        {%- for name, (amount, base) in (of_sales.items() | list)
            + (of_returns.items() | list) %}
            cast(sum({{ amount }}) as double)
            / nullif(cast(sum({{ base }}) as double), 0) as {{ name }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from by_category

),

of_category as (

    select
        by_category.category_id,
        {{ leaning_rates("by_category", "of_all", of_sales, of_returns) }}
    from by_category
    cross join of_all

),

keys as (

    select
        sku_id,
        coalesce(category_id, '') as category_id
    from skus
    union
    select
        sku_id,
        category_id
    from by_sku

),

-- a category that sold nothing is as all are
widened as (

    select
        keys.sku_id,
        {%- for name in (of_sales | list) + (of_returns | list) %}
            coalesce(of_category.{{ name }}, of_all.{{ name }}) as {{ name }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from keys
    cross join of_all
    left join of_category on keys.category_id = of_category.category_id

),

of_sku as (

    select
        widened.sku_id,
        by_sku.sold_qty,
        {{ leaning_rates("by_sku", "widened", of_sales, of_returns) }}
    from widened
    left join by_sku on widened.sku_id = by_sku.sku_id

),

final as (

    select
        ---------- ids
        of_sku.sku_id,

        ---------- shares of the net price
        round(of_sku.commission_share * (1 - of_sku.refund_share), 9)
            as commission_share,
        round(
            of_sku.charged_share * cast(payments.fee_rate as double), 9
        ) as payment_share,
        round(of_sku.refund_share, 9) as refund_share,
        -- what a platform takes its rate of: paid, and not given back
        round(of_sku.charged_share * (1 - of_sku.refund_share), 9)
            as charged_share,

        ---------- per unit sold
        case
            when of_sku.freight_cost < 0 then 0
            else round(of_sku.freight_cost, 9)
        end as freight_cost,
        round(of_sku.recovered_share, 9) as recovered_share,
        round(of_sku.return_freight, 9) as return_freight,
        cast(coalesce(of_sku.sold_qty, 0) as double) as sold_qty

    from of_sku
    cross join payments

)

select * from final
