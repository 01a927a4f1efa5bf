{{ config(
    materialized='table',
    unit=['source_system', 'order_id'],
    changed_by='changed_checked_orders',
    all_units={'stg_order__sales_order': 'source_system, order_id'}
) }}
{%- set changed = changed_checked_orders() %}
{%- set checks = [
    (
        "payable_adds_up",
        "payable_amount",
        "expected_payable_amount",
        "abs(payable_amount - expected_payable_amount)",
    ),
    (
        "lines_add_up_to_goods",
        "line_goods_amount",
        "goods_amount",
        "abs(line_goods_amount - goods_amount)",
    ),
    (
        "discounts_are_allocated",
        "line_discount_amount",
        "discount_amount",
        "abs(line_discount_amount - discount_amount)",
    ),
    ("times_run_forwards", "steps_back", "0", "payable_amount"),
] %}

-- Controls 3 and 11, what is off: orders whose amounts do not add up, or whose
-- times do not run forwards. How many were compared is counted apart.
with

orders as (

    select
        delivered.*,
        delivered.discount_platform
        + delivered.discount_shop
        + delivered.coupon_amount
        + delivered.points_amount as discount_amount,
        {{ source_of('order.sales_order', 'delivered') }} as source
    from {{ ref('stg_order__sales_order') }} as delivered
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                delivered.source_system = changed.source_system
                and delivered.order_id = changed.order_id
    {% endif %}

),

shops as (

    select
        source_system,
        shop_id,
        tax_included
    from {{ ref('stg_order__shop') }}

),

sums as (

    select
        delivered.source_system,
        delivered.order_id,
        sum(delivered.line_amount) as goods_amount,
        sum(delivered.allocated_discount) as discount_amount
    from {{ ref('stg_order__sales_order_line') }} as delivered
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                delivered.source_system = changed.source_system
                and delivered.order_id = changed.order_id
    {% endif %}
    group by delivered.source_system, delivered.order_id

),

joined as (

    select
        orders.source_system,
        orders.order_id,
        orders.shop_id,
        orders.source,
        orders.payable_amount,
        orders.goods_amount,
        orders.discount_amount,
        {{ expected_payable('orders', 'shops') }} as expected_payable_amount,
        coalesce(sums.goods_amount, 0) as line_goods_amount,
        coalesce(sums.discount_amount, 0) as line_discount_amount,
        -- who pays at the door pays last
        cast(coalesce(
            orders.paid_at < orders.ordered_at and not orders.is_cod, false
        ) as integer)
        + cast(coalesce(
            orders.shipped_at < orders.paid_at and not orders.is_cod, false
        ) as integer)
        + cast(
            coalesce(orders.shipped_at < orders.ordered_at, false) as integer
        )
        + cast(
            coalesce(orders.delivered_at < orders.shipped_at, false)
            as integer
        ) as steps_back
    from orders
    left join sums
        on
            orders.source_system = sums.source_system
            and orders.order_id = sums.order_id
    left join shops
        on
            orders.source_system = shops.source_system
            and orders.shop_id = shops.shop_id

),

-- few are: to keep all orders for four questions would take gigabytes
off as (

    select *
    from joined
    where
        {% for check_name, found, expected, money in checks %}
            {{ "or " if not loop.first }}{{ found }} != {{ expected }}
        {% endfor %}

),

final as (

    {% for check_name, found, expected, money in checks %}
        select
            source_system,
            order_id,
            '{{ check_name }}' as check_name,
            shop_id as scope,
            source,
            {{ money }} as money_at_stake,
            cast({{ found }} as decimal(18, 4)) as found,
            cast({{ expected }} as decimal(18, 4)) as expected
        from off
        where {{ found }} != {{ expected }}
        {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from final
