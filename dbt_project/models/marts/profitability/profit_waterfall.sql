{{ config(
    unit=['order_id'],
    changed_by='changed_waterfall_orders',
    all_units={'int_order_line': 'order_id'},
    tells=['ordered_date'],
    compares=false
) }}
{%- set changed = changed_waterfall_orders() %}
{%- set is_of_them -%}
    {%- if changed -%}
        order_line_id in (select order_lines.order_line_id from order_lines)
    {%- else -%}
        true
    {%- endif -%}
{%- endset %}
with

order_lines as (

    select * from {{ ref('int_order_line') }}
    where
        sold_qty > 0
        and {{ is_changed('order_id', changed) }}

),

costs as (

    select * from {{ ref('int_order_line_cost') }}
    where {{ is_of_them }}

),

freight as (

    select * from {{ ref('int_order_line_freight') }}
    where {{ is_of_them }}

),

paid_orders as (

    select
        order_id,
        sum(fee) as fee,
        -- taken back by the card holder: below zero
        sum(case when txn_kind = 'chargeback' then amount else 0 end)
            as chargeback
    from {{ ref('stg_payment__payment_txn') }}
    where
        order_id is not null
        and status = 'success'
        and {{ is_changed('order_id', changed) }}
    group by order_id

),

payments as (

    select
        order_lines.order_id,
        any_value(paid_orders.fee) as fee,
        any_value(paid_orders.chargeback) as chargeback,
        sum(order_lines.net_revenue_amount) as net_revenue_amount,
        count(*) as order_lines
    from order_lines
    inner join paid_orders on order_lines.order_id = paid_orders.order_id
    group by order_lines.order_id

),

returns as (

    select
        order_line_id,
        sum(refund_gross_amount) as refund_gross_amount,
        sum(refund_net_amount) as refund_net_amount,
        sum(recovery_amount) as recovery_amount,
        sum(loss_amount) as loss_amount,
        sum(return_freight_amount) as return_freight_amount
    from {{ ref('int_return_money') }}
    where {{ is_of_them }}
    group by order_line_id

),

marketing as (

    select * from {{ ref('int_order_line_marketing') }}
    where {{ is_of_them }}

),

merchant_rates as (

    select * from {{ ref('int_merchant_commission') }}

),

delivered as (

    select {{ missing_systems() }} as missing_systems

),

joined as (

    select
        order_lines.* exclude (commission_rate, merchant_commission_rate),
        -- what the customer pays for the quantity that stands
        order_lines.goods_amount
        - order_lines.order_discount_amount
        + order_lines.freight_income_amount as gross_amount,
        -- in a merchant's own shop its contract says, else the ledger does
        coalesce(
            order_lines.merchant_commission_rate,
            merchant_rates.commission_rate
        ) as merchant_commission_rate,
        -- the rate of a merchant's own shop is ours, no platform's
        case
            when order_lines.merchant_commission_rate is null
                then order_lines.commission_rate
            else 0
        end as commission_rate,
        costs.unit_cost,
        costs.landed_cost_source,
        costs.landed_cost_amount as landed_cost,
        costs.fifo_cost_amount,
        costs.average_cost_amount,
        costs.warehouse_cost_amount as warehouse_cost,
        costs.capital_cost_amount as capital_cost,
        costs.recognised_date,
        freight.carrier_id,
        coalesce(freight.freight_amount, 0) as freight_paid,
        case
            when freight.order_line_id is null then 'none'
            when freight.is_billed then 'billed'
            else 'estimated'
        end as freight_source,
        -- by value; a gift alone in its order carries the whole
        case
            when payments.order_id is null then 0
            else
                coalesce(
                    order_lines.net_revenue_amount
                    / nullif(payments.net_revenue_amount, 0),
                    1.0 / payments.order_lines
                )
        end as order_share,
        coalesce(payments.fee, 0) as order_fee,
        coalesce(payments.chargeback, 0) as order_chargeback,
        coalesce(returns.refund_gross_amount, 0) as refund_gross,
        coalesce(returns.refund_net_amount, 0) as refund_net,
        coalesce(returns.recovery_amount, 0) as recovery,
        coalesce(returns.loss_amount, 0) as loss,
        coalesce(returns.return_freight_amount, 0) as return_freight,
        coalesce(marketing.platform_discount_amount, 0) as platform_discount,
        coalesce(marketing.supplier_discount_amount, 0) as supplier_discount,
        coalesce(marketing.platform_cut_amount, 0) as platform_cut,
        coalesce(marketing.supplier_cut_amount, 0) as supplier_cut,
        coalesce(marketing.platform_funding_amount, 0) as platform_funding,
        coalesce(marketing.supplier_funding_amount, 0) as supplier_funding,
        coalesce(marketing.spend_amount, 0) as spend,
        delivered.missing_systems
    from order_lines
    left join costs on order_lines.order_line_id = costs.order_line_id
    left join freight on order_lines.order_line_id = freight.order_line_id
    left join payments on order_lines.order_id = payments.order_id
    left join returns on order_lines.order_line_id = returns.order_line_id
    left join marketing on order_lines.order_line_id = marketing.order_line_id
    left join merchant_rates
        on order_lines.merchant_id = merchant_rates.merchant_id
    cross join delivered

),

-- each step once, rounded to where it is kept, so that they add up
steps as (

    select
        *,
        -- who pays for a price cut gave it, as he gave a discount of the order
        {{ money(
            "goods_amount - list_amount + platform_cut + supplier_cut"
        ) }} as item_discount_amount,
        {{ money("-platform_discount - platform_cut") }}
            as platform_discount_amount,
        {{ money("platform_discount + supplier_discount") }}
            as order_discount_of_others,
        {{ money("-supplier_discount - supplier_cut") }}
            as supplier_discount_amount,
        case
            when fulfil_mode = 'merchant'
                then
                    {{ money(
                        "round(gross_amount "
                        "* coalesce(merchant_commission_rate, 0), 2) "
                        "- net_revenue_amount - (round(refund_gross "
                        "* coalesce(merchant_commission_rate, 0), 2) "
                        "- refund_net)"
                    ) }}
            else 0
        end as merchant_share_amount,
        {{ money("-landed_cost") }} as landed_cost_amount,
        {{ money("-freight_paid") }} as freight_amount,
        {{ money("-warehouse_cost") }} as warehouse_cost_amount,
        {{ money("-round(order_fee * order_share, 4)") }}
            as payment_fee_amount,
        {{ money("round(order_chargeback * order_share, 4)") }}
            as chargeback_amount,
        -- of what was paid and not given back
        case
            when commission_rate = 0 then 0
            else
                {{ narrowed(
                    "(-(gross_amount - refund_gross) * commission_rate)"
                ) }}
        end as commission_amount,
        {{ money("-refund_net") }} as refund_amount,
        {{ money("recovery") }} as return_recovery_amount,
        {{ money("-loss") }} as return_loss_amount,
        {{ money("-return_freight") }} as return_freight_amount,
        {{ money("platform_funding") }} as platform_funding_amount,
        {{ money("supplier_funding") }} as supplier_funding_amount,
        {{ money("-spend") }} as marketing_amount,
        {{ money("-capital_cost") }} as capital_cost_amount
    from joined

),

final as (

    select
        ---------- ids
        source_system,
        order_line_id,
        order_id,
        shop_id,
        sku_id,
        location_id,
        supplier_id,
        merchant_id,
        carrier_id,

        ---------- text
        fulfil_mode,
        order_type,
        order_status,
        currency,

        ---------- quantities
        sold_qty,

        ---------- from list price to net revenue
        list_amount,
        item_discount_amount,
        platform_discount_amount,
        {{ money("order_discount_of_others - order_discount_amount") }}
            as shop_discount_amount,
        supplier_discount_amount,
        {{ money("-tax_amount") }} as tax_amount,
        freight_income_amount,
        net_revenue_amount,

        ---------- from net revenue to profit
        merchant_share_amount,
        landed_cost_amount,
        freight_amount,
        warehouse_cost_amount,
        payment_fee_amount,
        chargeback_amount,
        commission_amount,
        refund_amount,
        return_recovery_amount,
        return_loss_amount,
        return_freight_amount,
        platform_funding_amount,
        supplier_funding_amount,
        marketing_amount,
        capital_cost_amount,
        {{ money(
            "net_revenue_amount + merchant_share_amount + landed_cost_amount "
            "+ freight_amount + warehouse_cost_amount + payment_fee_amount "
            "+ chargeback_amount + commission_amount + refund_amount "
            "+ return_recovery_amount + return_loss_amount "
            "+ return_freight_amount + platform_funding_amount "
            "+ supplier_funding_amount + marketing_amount "
            "+ capital_cost_amount"
        ) }} as profit_amount,

        ---------- the cost of goods by both methods, whichever is borne
        {{ money("-fifo_cost_amount") }} as fifo_cost_amount,
        {{ money("-average_cost_amount") }} as average_cost_amount,

        ---------- what the figures rest on
        cast(commission_rate as decimal(9, 6)) as commission_rate,
        cast(merchant_commission_rate as decimal(9, 6))
            as merchant_commission_rate,
        landed_cost_source,
        freight_source,
        case
            when unit_cost is null then ['landed_cost'] || missing_systems
            when fulfil_mode = 'merchant' and merchant_commission_rate is null
                then ['merchant_commission'] || missing_systems
            else missing_systems
        end as missing_legs,

        ---------- timestamps
        ordered_at,
        ordered_date,
        recognised_date

    from steps

)

select * from final
