{{ config(
    materialized='table',
    unit=['month_start'],
    changed_by='changed_profit_months'
) }}
{%- set changed = changed_profit_months() %}
-- The waterfall of each month summed once by whose goods they are and once by
-- the way they went: sums of these few cost nothing in eleven ways, sums of
-- lines do.
with

orders as (

    select
        source_system,
        order_id,
        dest_province
    from {{ ref('stg_order__sales_order') }}

),

lines as (

    select
        cast(date_trunc('month', waterfall.ordered_date) as date)
            as month_start,
        coalesce(waterfall.sku_id, '') as sku_id,
        coalesce(waterfall.shop_id, '') as shop_id,
        waterfall.fulfil_mode,
        waterfall.supplier_id,
        coalesce(waterfall.carrier_id, '') as carrier_id,
        coalesce(orders.dest_province, '') as region_id,
        coalesce(waterfall.merchant_id, '') as merchant_id,
        waterfall.sold_qty,
        -- what customers paid, whoever's goods they are
        waterfall.net_revenue_amount - waterfall.tax_amount as gross_amount,
        waterfall.list_amount,
        waterfall.item_discount_amount
        + waterfall.platform_discount_amount
        + waterfall.shop_discount_amount
        + waterfall.supplier_discount_amount as discount_amount,
        waterfall.net_revenue_amount + waterfall.merchant_share_amount
            as revenue_amount,
        waterfall.landed_cost_amount,
        waterfall.freight_amount,
        waterfall.warehouse_cost_amount,
        waterfall.payment_fee_amount
        + waterfall.chargeback_amount as payment_cost_amount,
        waterfall.commission_amount,
        waterfall.refund_amount
        + waterfall.return_recovery_amount
        + waterfall.return_loss_amount
        + waterfall.return_freight_amount as return_cost_amount,
        waterfall.marketing_amount
        + waterfall.platform_funding_amount
        + waterfall.supplier_funding_amount as marketing_amount,
        waterfall.capital_cost_amount,
        waterfall.profit_amount
    from {{ ref('profit_waterfall') }} as waterfall
    left join orders
        on
            waterfall.source_system = orders.source_system
            and waterfall.order_id = orders.order_id
    {% if changed %}
        where
            -- older rows are passed over before their month is asked for
            waterfall.ordered_date >= (
                select min(units.month_start)
                from {{ changed_units() }} as units
            )
            and {{ is_changed(
                "cast(date_trunc('month', waterfall.ordered_date) as date)",
                changed
            ) }}
    {% endif %}

),

final as (

    select
        ---------- ids
        month_start,
        if(grouping(sku_id) = 0, 'goods', 'way') as cut,
        sku_id,
        fulfil_mode,
        supplier_id,
        merchant_id,
        shop_id,
        carrier_id,
        region_id,

        ---------- counts
        count(*) as line_count,

        ---------- sums
        {{ summed_amounts() }}
    from lines
    group by grouping sets (
        (month_start, sku_id, fulfil_mode, supplier_id, merchant_id),
        (month_start, shop_id, carrier_id, region_id)
    )

)

select * from final
