{{ config(
    materialized='table',
    unit=['source_system', 'order_id'],
    changed_by='changed_orders',
    all_units={'stg_order__sales_order_line': 'source_system, order_id'},
    tells=['order_line_id', 'ordered_date']
) }}
{%- set changed = changed_orders() %}

-- Order lines with mode, place, day and money. Amounts are for the quantity
-- that stands (ordered less cancelled); demand is what customers asked for.
with

order_lines as (

    select delivered.*
    from {{ ref('stg_order__sales_order_line') }} as delivered
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                delivered.source_system = changed.source_system
                and delivered.order_id = changed.order_id
    {% endif %}

),

orders as (

    select delivered.*
    from {{ ref('stg_order__sales_order') }} as delivered
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                delivered.source_system = changed.source_system
                and delivered.order_id = changed.order_id
    {% endif %}

),

shops as (

    select * from {{ ref('int_shop') }}

),

region_locations as (

    select * from {{ ref('int_region_location') }}

),

duplicates as (

    select * from {{ ref('int_duplicate_order') }}

),

joined as (

    select
        ---------- ids
        order_lines.source_system,
        order_lines.order_line_id,
        order_lines.order_id,
        orders.shop_id,
        order_lines.sku_id,
        order_lines.bundle_sku_id,
        orders.merchant_id,
        orders.supplier_id,
        coalesce(order_lines.warehouse_id, orders.warehouse_id)
            as given_location_id,
        region_locations.location_id as region_location_id,
        case
            when region_locations.is_policy then region_locations.location_id
        end as policy_location_id,
        duplicates.standing_order_id,

        ---------- text
        coalesce(
            order_lines.fulfil_mode,
            orders.fulfil_mode,
            shops.fulfil_mode_default,
            'own'
        ) as fulfil_mode,
        orders.order_type,
        orders.status as order_status,
        orders.close_reason,
        orders.currency,

        ---------- quantities
        order_lines.qty as ordered_qty,
        coalesce(order_lines.cancelled_qty, 0) as cancelled_qty,
        coalesce(order_lines.shipped_qty, 0) as shipped_qty,
        coalesce(order_lines.returned_qty, 0) as returned_qty,

        ---------- money
        coalesce(
            order_lines.line_amount,
            {{ money('order_lines.unit_price * order_lines.qty') }},
            0
        ) as line_amount,
        order_lines.list_price,
        order_lines.unit_price,
        coalesce(order_lines.allocated_discount, 0) as allocated_discount,
        coalesce(order_lines.allocated_freight, 0) as allocated_freight,
        order_lines.tax_amount,
        coalesce(order_lines.tax_rate, 0) as tax_rate,
        coalesce(shops.commission_rate, 0) as commission_rate,
        -- in a merchant's own shop the platform that takes a share is us
        case when shops.merchant_id is not null then shops.commission_rate end
            as merchant_commission_rate,

        ---------- booleans
        coalesce(order_lines.is_gift, false) as is_gift,
        coalesce(order_lines.lost_sale_flag, false)
        or coalesce(orders.close_reason, '') = 'no_stock' as is_lost_sale,
        coalesce(shops.tax_included, true) as is_tax_included,
        coalesce(orders.status, '') in ('closed', 'cancelled') as is_closed,
        coalesce(orders.status, '') = 'pending_pay'
        and not coalesce(orders.is_cod, false) as is_unpaid,

        ---------- timestamps
        orders.ordered_at,
        {{ business_date('orders.ordered_at') }} as ordered_date,
        {{ business_date('orders.shipped_at') }} as shipped_date

    from order_lines
    inner join orders
        on
            order_lines.source_system = orders.source_system
            and order_lines.order_id = orders.order_id
    left join shops on orders.shop_id = shops.shop_id
    left join region_locations
        on orders.dest_province = region_locations.region_id
    left join duplicates
        on
            orders.source_system = duplicates.source_system
            and orders.order_id = duplicates.order_id

),

judged as (

    select
        *,
        -- why a line is no sign of what customers will want
        case
            when order_type in ('sample', 'resend', 'b2b') then order_type
            when standing_order_id is not null then 'duplicate'
            when is_unpaid then 'unpaid'
            when close_reason in ('risk', 'duplicate', 'test', 'unpaid')
                then close_reason
            when is_lost_sale then null
            when is_closed and shipped_qty = 0
                then 'cancelled: ' || coalesce(close_reason, 'no reason given')
        end as exclusion_reason,
        case
            when is_unpaid then 0
            when is_closed or standing_order_id is not null
                then least(shipped_qty, ordered_qty)
            else greatest(ordered_qty - cancelled_qty, 0)
        end as sold_qty,
        case when is_tax_included then tax_rate else 0 end as tax_in_price_rate
    from joined

),

counted as (

    select
        *,
        case
            when exclusion_reason is not null then 0
            when is_lost_sale then ordered_qty
            else sold_qty
        end as demand_qty,
        case
            when exclusion_reason is not null or not is_lost_sale then 0
            else ordered_qty - sold_qty
        end as cancelled_no_stock_qty,
        -- of what the customer pays for the line, carriage included
        case
            when not is_tax_included then 0
            when tax_amount is not null then tax_amount
            else
                {{ money(
                    "(line_amount - allocated_discount + allocated_freight) "
                    "* tax_in_price_rate / nullif(1 + tax_in_price_rate, 0)"
                ) }}
        end as line_tax_amount
    from judged

),

scaled as (

    select
        *,
        {{ of_sold('line_amount') }} as goods_amount,
        {{ of_sold('allocated_discount') }} as order_discount_amount,
        {{ of_sold('allocated_freight') }} as freight_income_amount,
        {{ of_sold('line_tax_amount') }} as sold_tax_amount
    from counted

),

final as (

    select
        ---------- ids
        source_system,
        order_line_id,
        order_id,
        shop_id,
        sku_id,
        bundle_sku_id,
        merchant_id,
        supplier_id,
        standing_order_id,
        -- our own goods would have left from the region's warehouse
        case
            when fulfil_mode = 'own'
                then coalesce(given_location_id, region_location_id, '*')
            else coalesce(given_location_id, '*')
        end as location_id,
        -- where the demand belongs, whoever had stock that day: only policy can
        -- tell that an order was shipped from elsewhere for want of it
        case
            when fulfil_mode = 'own'
                then
                    coalesce(
                        policy_location_id,
                        given_location_id,
                        region_location_id,
                        '*'
                    )
            else coalesce(given_location_id, '*')
        end as natural_location_id,

        ---------- text
        fulfil_mode,
        order_type,
        order_status,
        close_reason,
        exclusion_reason,
        currency,

        ---------- quantities
        ordered_qty,
        {{ qty('demand_qty') }} as demand_qty,
        {{ qty('cancelled_no_stock_qty') }} as cancelled_no_stock_qty,
        {{ qty('sold_qty') }} as sold_qty,
        shipped_qty,
        returned_qty,

        ---------- money
        case
            when list_price is null or list_price = unit_price
                then goods_amount
            else {{ money("list_price * sold_qty") }}
        end as list_amount,
        goods_amount,
        order_discount_amount,
        freight_income_amount,
        -- of the line as ordered: what the customer pays, and the tax in it
        {{ money("line_amount - allocated_discount + allocated_freight") }}
            as paid_line_amount,
        {{ money("line_tax_amount") }} as line_tax_amount,
        sold_tax_amount as tax_amount,
        {{ money(
            "goods_amount - order_discount_amount "
            "+ freight_income_amount - sold_tax_amount"
        ) }} as net_revenue_amount,

        ---------- rates
        tax_in_price_rate,
        commission_rate,
        merchant_commission_rate,

        ---------- booleans
        is_gift,
        is_lost_sale,

        ---------- timestamps
        ordered_at,
        ordered_date,
        shipped_date

    from scaled

)

select * from final
