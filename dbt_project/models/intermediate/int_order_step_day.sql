{{ config(
    materialized='table',
    unit=['stepped_on'],
    changed_by='changed_step_days'
) }}
{%- set changed = changed_step_days() %}

-- Control 11 for each day and shop: how many steps its orders took, and those
-- that no order may take.
with

order_events as (

    select
        *,
        {{ business_date('event_at') }} as stepped_on
    from {{ ref('stg_order__order_event') }}
    where {{ is_of_changed_day('event_at', changed) }}

),

joined as (

    select
        order_events.stepped_on,
        order_events.order_event_id,
        coalesce(orders.shop_id, '*') as scope,
        orders.payable_amount,
        {{ source_of('order.order_event', 'order_events') }} as source,
        order_events.from_status is not null
        and (order_events.from_status, order_events.to_status) not in (
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
        ) as is_broken
    from order_events
    left join {{ ref('stg_order__sales_order') }} as orders
        on
            order_events.source_system = orders.source_system
            and order_events.order_id = orders.order_id

),

final as (

    select
        ---------- ids
        scope,

        ---------- dates
        stepped_on,

        ---------- counts
        count(*) as step_count,

        ---------- what no order may do
        coalesce(
            list(
                struct_pack(
                    order_event_id := order_event_id,
                    source := source,
                    -- it may be paid twice or never sent
                    payable_amount := payable_amount
                )
                order by order_event_id
            ) filter (where is_broken),
            []
        ) as broken

    from joined
    group by scope, stepped_on

)

select * from final
