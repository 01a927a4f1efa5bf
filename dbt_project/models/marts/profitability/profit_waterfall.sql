with

order_lines as (

    select * from {{ ref('int_order_line') }}
    where sold_qty > 0

),

costs as (

    select * from {{ ref('int_unit_cost') }}

),

-- a dropship supplier sends its own goods: its price is our cost
dropship_prices as (

    select
        supplier_id,
        sku_id,
        min(net_purchase_price) as unit_cost
    from {{ ref('int_supplier_term') }}
    where net_purchase_price > 0
    group by supplier_id, sku_id

),

freight as (

    select * from {{ ref('int_order_line_freight') }}

),

paid_orders as (

    select
        order_id,
        sum(fee) as fee
    from {{ ref('stg_payment__payment_txn') }}
    where order_id is not null and status = 'success'
    group by order_id

),

payment_fees as (

    select
        order_lines.order_id,
        any_value(paid_orders.fee) as fee,
        sum(order_lines.net_revenue_amount) as net_revenue_amount,
        count(*) as order_lines
    from order_lines
    inner join paid_orders on order_lines.order_id = paid_orders.order_id
    group by order_lines.order_id

),

returns as (

    select
        order_line_id,
        sum(resellable_qty) as resellable_qty,
        sum(refund_amount) as refund_amount,
        sum(return_freight) as return_freight
    from {{ ref('int_return_line') }}
    group by order_line_id

),

marketing as (

    select * from {{ ref('int_order_line_marketing') }}

),

delivered as (

    select
        list_sort(list_distinct([
            if({{ is_delivered('logistics', 'shipment') }}, null, 'freight'),
            if({{ is_delivered('marketing', 'campaign') }}, null, 'marketing'),
            if({{ is_delivered('payment', 'payment_txn') }}, null, 'payment'),
            if({{ is_delivered('aftersales', 'rma_line') }}, null, 'returns')
        ])) as missing_systems

),

joined as (

    select
        order_lines.*,
        case
            when order_lines.fulfil_mode = 'merchant' then 0
            when order_lines.fulfil_mode = 'dropship'
                then
                    coalesce(
                        dropship_prices.unit_cost,
                        costs.unit_cost,
                        anywhere.unit_cost
                    )
            else coalesce(costs.unit_cost, anywhere.unit_cost)
        end as unit_cost,
        coalesce(freight.freight_amount, 0) as freight_paid,
        case
            when freight.order_line_id is null then 'none'
            when freight.is_billed then 'billed'
            else 'estimated'
        end as freight_source,
        -- by value; a gift alone in its order carries the whole fee
        case
            when payment_fees.fee is null then 0
            else
                {{ money(
                    "payment_fees.fee * coalesce("
                    "order_lines.net_revenue_amount "
                    "/ nullif(payment_fees.net_revenue_amount, 0), "
                    "1.0 / payment_fees.order_lines)"
                ) }}
        end as fee_paid,
        coalesce(returns.resellable_qty, 0) as resellable_qty,
        case
            when returns.refund_amount is null then 0
            else
                {{ money(
                    "returns.refund_amount "
                    "/ nullif(1 + order_lines.tax_in_price_rate, 0)"
                ) }}
        end as refund_paid,
        coalesce(returns.return_freight, 0) as return_freight_paid,
        coalesce(marketing.supplier_funding_amount, 0)
            as supplier_funding_amount,
        coalesce(marketing.spend_amount, 0) as spend_paid,
        delivered.*
    from order_lines
    left join costs
        on
            order_lines.sku_id = costs.sku_id
            and order_lines.location_id = costs.location_id
    left join costs as anywhere
        on order_lines.sku_id = anywhere.sku_id and anywhere.location_id = '*'
    left join dropship_prices
        on
            order_lines.sku_id = dropship_prices.sku_id
            and order_lines.supplier_id = dropship_prices.supplier_id
    left join freight on order_lines.order_line_id = freight.order_line_id
    left join payment_fees on order_lines.order_id = payment_fees.order_id
    left join returns on order_lines.order_line_id = returns.order_line_id
    left join marketing on order_lines.order_line_id = marketing.order_line_id
    cross join delivered

),

legs as (

    select
        *,
        goods_amount - list_amount as item_discount_leg,
        case
            when fulfil_mode = 'merchant'
                then
                    {{ money(
                        "-(net_revenue_amount - refund_paid) "
                        "* (1 - coalesce(merchant_commission_rate, 0))"
                    ) }}
            else 0
        end as merchant_share_leg,
        case
            when fulfil_mode = 'merchant' or commission_rate = 0 then 0
            else {{ money("-(net_revenue_amount * commission_rate)") }}
        end as commission_leg,
        case
            when unit_cost is null then 0
            else {{ money("-(unit_cost * sold_qty)") }}
        end as cost_leg,
        case
            when unit_cost is null or resellable_qty = 0 then 0
            else {{ money("unit_cost * resellable_qty") }}
        end as recovery_leg,
        {{ money("-fee_paid") }} as fee_leg
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

        ---------- text
        fulfil_mode,
        order_type,
        order_status,
        currency,

        ---------- quantities
        sold_qty,

        ---------- from list price to net revenue
        list_amount,
        {{ money("item_discount_leg") }} as item_discount_amount,
        {{ money("-order_discount_amount") }} as order_discount_amount,
        {{ money("-tax_amount") }} as tax_amount,
        freight_income_amount,
        net_revenue_amount,

        ---------- from net revenue to profit
        {{ money("merchant_share_leg") }} as merchant_share_amount,
        {{ money("cost_leg") }} as landed_cost_amount,
        {{ money("-freight_paid") }} as freight_amount,
        {{ money("fee_leg") }} as payment_fee_amount,
        {{ money("commission_leg") }} as commission_amount,
        {{ money("-refund_paid") }} as refund_amount,
        {{ money("recovery_leg") }} as return_recovery_amount,
        {{ money("-return_freight_paid") }} as return_freight_amount,
        {{ money("supplier_funding_amount") }} as supplier_funding_amount,
        {{ money("-spend_paid") }} as marketing_amount,
        {{ money(
            "net_revenue_amount + merchant_share_leg + cost_leg - freight_paid "
            "+ fee_leg + commission_leg - refund_paid + recovery_leg "
            "- return_freight_paid + supplier_funding_amount - spend_paid"
        ) }} as profit_amount,

        ---------- what the figures rest on
        freight_source,
        case
            when unit_cost is null then ['landed_cost'] || missing_systems
            when fulfil_mode = 'merchant' and merchant_commission_rate is null
                then ['merchant_commission'] || missing_systems
            else missing_systems
        end as missing_legs,

        ---------- timestamps
        ordered_at,
        ordered_date

    from legs

)

select * from final
