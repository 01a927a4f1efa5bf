{{ config(materialized='table') }}

-- Controls 3 and 11: orders add up, and take allowed steps in time's order.
-- What is off is a fact of its own; all that was compared is counted here.
with

orders as (

    select
        orders.*,
        {{ expected_payable('orders', 'shops') }} as expected_payable_amount
    from {{ ref('stg_order__sales_order') }} as orders
    left join {{ ref('stg_order__shop') }} as shops
        on
            orders.source_system = shops.source_system
            and orders.shop_id = shops.shop_id

),

counts as (

    select
        shop_id as scope,
        count(*) as orders,
        count(payable_amount - expected_payable_amount) as with_payable,
        count(goods_amount) as with_goods,
        count(
            discount_platform + discount_shop + coupon_amount + points_amount
        ) as with_discounts
    from orders
    group by shop_id

),

counted as (

    select
        unnest([
            'payable_adds_up', 'lines_add_up_to_goods',
            'discounts_are_allocated', 'times_run_forwards'
        ]) as check_name,
        scope,
        unnest([with_payable, with_goods, with_discounts, orders])
            as row_count
    from counts

),

differences as (

    select * from {{ ref('int_order_difference') }}

),

off as (

    select
        check_name,
        scope,
        count(*) as row_count
    from differences
    group by check_name, scope

),

step_days as (

    select * from {{ ref('int_order_step_day') }}

),

broken_steps as (

    select
        scope,
        unnest(broken) as step
    from step_days

),

together as (

    select
        counted.check_name,
        counted.scope,
        null as record_key,
        null as source,
        0 as found,
        0 as expected,
        0 as money_at_stake,
        counted.row_count - coalesce(off.row_count, 0) as row_count
    from counted
    left join off
        on
            counted.check_name = off.check_name
            and counted.scope is not distinct from off.scope

    union all

    select
        check_name,
        scope,
        order_id as record_key,
        source,
        found,
        expected,
        money_at_stake,
        1 as row_count
    from differences

    union all

    select
        'steps_are_allowed' as check_name,
        scope,
        null as record_key,
        null as source,
        0 as found,
        0 as expected,
        0 as money_at_stake,
        sum(step_count - len(broken)) as row_count
    from step_days
    group by scope

    union all

    -- money of a broken step is the order's: it may be paid twice or never sent
    select
        'steps_are_allowed' as check_name,
        scope,
        step.order_event_id as record_key,
        step.source,
        1 as found,
        0 as expected,
        step.payable_amount as money_at_stake,
        1 as row_count
    from broken_steps

),

compared as (

    select *
    from together
    where
        row_count > 0
        and (
            check_name not in (
                'lines_add_up_to_goods', 'discounts_are_allocated'
            )
            or {{ is_delivered('order', 'sales_order_line') }}
        )

),

{{ summed_checks('compared', row_count='row_count') }}

select * from final
