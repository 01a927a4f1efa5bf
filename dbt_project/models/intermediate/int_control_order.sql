{{ config(materialized='table') }}

-- Controls 3 and 11: orders add up, and take allowed steps in time's order.
with

orders as (

    select * from {{ ref('stg_order__sales_order') }}

),

order_lines as (

    select * from {{ ref('stg_order__sales_order_line') }}

),

order_events as (

    select * from {{ ref('stg_order__order_event') }}

),

shops as (

    select
        source_system,
        shop_id,
        tax_included
    from {{ ref('stg_order__shop') }}

),

headers as (

    select
        *,
        discount_platform + discount_shop + coupon_amount + points_amount
            as discount_amount,
        {{ source_of('order.sales_order') }} as source
    from orders

),

sums as (

    select
        source_system,
        order_id,
        sum(line_amount) as goods_amount,
        sum(allocated_discount) as discount_amount
    from order_lines
    group by source_system, order_id

),

identity as (

    select
        'payable_adds_up' as check_name,
        headers.shop_id as scope,
        headers.order_id as record_key,
        headers.source,
        headers.payable_amount as found,
        headers.goods_amount
        + headers.freight_charged
        - headers.discount_amount
        + case
            when coalesce(shops.tax_included, true) then 0
            else headers.tax_amount
        end as expected
    from headers
    left join shops
        on
            headers.source_system = shops.source_system
            and headers.shop_id = shops.shop_id

),

of_lines as (

    select
        headers.shop_id as scope,
        headers.order_id as record_key,
        headers.source,
        headers.goods_amount,
        headers.discount_amount,
        coalesce(sums.goods_amount, 0) as line_goods_amount,
        coalesce(sums.discount_amount, 0) as line_discount_amount
    from headers
    left join sums
        on
            headers.source_system = sums.source_system
            and headers.order_id = sums.order_id
    where {{ is_delivered('order', 'sales_order_line') }}

),

goods as (

    select
        'lines_add_up_to_goods' as check_name,
        scope,
        record_key,
        source,
        line_goods_amount as found,
        goods_amount as expected
    from of_lines

),

discounts as (

    select
        'discounts_are_allocated' as check_name,
        scope,
        record_key,
        source,
        line_discount_amount as found,
        discount_amount as expected
    from of_lines

),

-- money of a broken step is the order's: it may be paid twice or never sent
transitions as (

    select
        'steps_are_allowed' as check_name,
        coalesce(orders.shop_id, '*') as scope,
        order_events.order_event_id as record_key,
        {{ source_of('order.order_event', 'order_events') }} as source,
        case
            when
                order_events.from_status is null
                or (order_events.from_status, order_events.to_status) in (
                    ('pending_pay', 'paid'),
                    ('pending_pay', 'closed'),
                    ('paid', 'audited'),
                    ('paid', 'closed'),
                    ('audited', 'allocated'),
                    ('audited', 'paid'),
                    ('audited', 'closed'),
                    ('allocated', 'shipped'),
                    ('allocated', 'audited'),
                    ('allocated', 'closed'),
                    ('shipped', 'delivered'),
                    ('shipped', 'closed'),
                    ('delivered', 'completed'),
                    ('delivered', 'closed')
                )
                then 0
            else 1
        end as found,
        orders.payable_amount
    from order_events
    left join orders
        on
            order_events.source_system = orders.source_system
            and order_events.order_id = orders.order_id

),

times as (

    select
        'times_run_forwards' as check_name,
        shop_id as scope,
        order_id as record_key,
        source,
        -- who pays at the door pays last
        cast(coalesce(paid_at < ordered_at and not is_cod, false) as integer)
        + cast(coalesce(shipped_at < paid_at and not is_cod, false) as integer)
        + cast(coalesce(shipped_at < ordered_at, false) as integer)
        + cast(coalesce(delivered_at < shipped_at, false) as integer)
            as found,
        payable_amount
    from headers

),

compared as (

    select
        *,
        abs(found - expected) as money_at_stake
    from identity
    union all
    select
        *,
        abs(found - expected) as money_at_stake
    from goods
    union all
    select
        *,
        abs(found - expected) as money_at_stake
    from discounts
    union all
    select
        * exclude (payable_amount),
        0 as expected,
        found * payable_amount as money_at_stake
    from transitions
    union all
    select
        * exclude (payable_amount),
        0 as expected,
        payable_amount as money_at_stake
    from times

),

{{ summed_checks('compared') }}

select * from final
