with

locks as (

    select
        warehouse_id as location_id,
        sku_id,
        coalesce(ref_id, '*') as order_id,
        coalesce(ref_line_id, '*') as order_line_id,
        sum(qty_delta) as locked_qty,
        min(occurred_at) as locked_at
    from {{ ref('stg_inventory__stock_ledger') }}
    where
        bucket = 'locked'
        and occurred_at <= {{ as_of() }}
    group by
        warehouse_id,
        sku_id,
        coalesce(ref_id, '*'),
        coalesce(ref_line_id, '*')
    having sum(qty_delta) > 0

),

orders as (

    select
        order_id,
        arg_max(status, coalesce(updated_at, ordered_at)) as status,
        bool_or(coalesce(is_cod, false)) as is_cod,
        bool_or(coalesce(order_type = 'presale', false)) as is_presale
    from {{ ref('stg_order__sales_order') }}
    where order_id in (select locks.order_id from locks)
    group by order_id

),

aged as (

    select
        locks.*,
        orders.status as order_status,
        orders.is_cod,
        orders.is_presale,
        epoch({{ as_of() }} - locks.locked_at) / 86400 as age_days,
        coalesce(costs.unit_cost, anywhere.unit_cost) as unit_cost
    from locks
    left join orders on locks.order_id = orders.order_id
    left join {{ ref('int_unit_cost') }} as costs
        on
            locks.sku_id = costs.sku_id
            and locks.location_id = costs.location_id
    left join {{ ref('int_unit_cost') }} as anywhere
        on locks.sku_id = anywhere.sku_id and anywhere.location_id = '*'

),

judged as (

    select
        *,
        case
            when order_status in ('closed', 'cancelled') then 'order_closed'
            when order_status in ('shipped', 'delivered', 'completed')
                then 'order_shipped'
            when
                order_status = 'pending_pay'
                and not is_cod
                and not is_presale
                and age_days > {{ var('lock_unpaid_days') }}
                then 'unpaid'
            when order_status is null then 'no_order'
            when not is_presale and age_days > {{ var('lock_unshipped_days') }}
                then 'not_shipped'
        end as reason
    from aged

),

final as (

    select
        ---------- ids
        location_id,
        sku_id,
        order_id,
        order_line_id,

        ---------- text
        reason,
        case reason
            when 'order_shipped' then 'book the goods out and unlock'
            when 'not_shipped' then 'ship or cancel the order'
            when 'unpaid' then 'close the order and unlock'
            else 'unlock'
        end as proposed_action,
        {{ in_chinese("proposed_action") }} as proposed_action_zh,
        order_status,

        ---------- numbers
        {{ qty("locked_qty") }} as locked_qty,
        cast(age_days as double) as age_days,

        ---------- money
        {{ money("locked_qty * unit_cost") }} as locked_amount,

        ---------- timestamps
        locked_at

    from judged
    where reason is not null

)

select * from final
