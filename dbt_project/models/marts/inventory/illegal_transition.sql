with

-- read again by each step that needs some of it, not kept as a whole
moves as not materialized (

    select
        warehouse_id as location_id,
        sku_id,
        coalesce(ref_type, 'other') as ref_type,
        coalesce(ref_id, '*') as ref_id,
        coalesce(ref_line_id, '*') as ref_line_id,
        bucket,
        move_type,
        bucket in ('locked', 'allocated') as is_hold,
        coalesce(
            move_type = 'sale_out'
            and ref_type = 'sales_order'
            and ref_line_id is not null,
            false
        ) as is_sale,
        qty_delta,
        occurred_at,
        ledger_id,
        source_system,
        hash(warehouse_id, sku_id, ref_type, ref_id, ref_line_id)
            as document_key
    from {{ ref('stg_inventory__stock_ledger') }}
    where occurred_at <= {{ as_of() }}

),

locking as (

    select distinct location_id
    from moves
    where bucket = 'locked' and ref_type = 'sales_order'

),

-- a warehouse that writes no locks may ship without them
steps as not materialized (

    select * from moves
    where
        is_hold
        or (
            is_sale
            and location_id in (select locking.location_id from locking)
        )

),

-- One number instead of five words makes a group cheap: what looks wrong is
-- looked at again by the words.
suspects as (

    select document_key
    from steps
    group by document_key
    having
        sum(qty_delta) filter (where bucket = 'locked') < 0
        or sum(qty_delta) filter (where bucket = 'allocated') < 0
        or min(occurred_at) filter (where is_hold and qty_delta < 0)
        < max(occurred_at) filter (where is_hold and qty_delta > 0)
        or -sum(qty_delta) filter (where is_sale)
        > coalesce(
            sum(qty_delta) filter (where is_hold and qty_delta > 0), 0
        )

),

doubtful as (

    select steps.*
    from steps
    semi join suspects on steps.document_key = suspects.document_key

),

---------- what is released was locked or allocated before
balances as (

    select
        *,
        sum(qty_delta) over (
            partition by
                location_id, sku_id, ref_type, ref_id, ref_line_id, bucket
            order by occurred_at, qty_delta desc, ledger_id, source_system
            rows between unbounded preceding and current row
        ) as balance_qty
    from doubtful
    where is_hold

),

released_unheld as (

    select
        location_id,
        sku_id,
        ref_type,
        ref_id,
        ref_line_id,
        if(
            bucket = 'locked',
            'unlocked_not_locked',
            'deallocated_not_allocated'
        ) as transition,
        -min(balance_qty) as qty,
        min(occurred_at) filter (where balance_qty < 0) as occurred_at
    from balances
    group by location_id, sku_id, ref_type, ref_id, ref_line_id, bucket
    having min(balance_qty) < 0

),

---------- what leaves for an order was held for it, in warehouses that lock
left_unlocked as (

    select
        location_id,
        sku_id,
        ref_type,
        ref_id,
        ref_line_id,
        'left_without_lock' as transition,
        -sum(qty_delta) filter (where is_sale)
        - coalesce(sum(qty_delta) filter (
            where is_hold and qty_delta > 0
        ), 0) as qty,
        max(occurred_at) filter (where is_sale) as occurred_at
    from doubtful
    group by location_id, sku_id, ref_type, ref_id, ref_line_id
    having qty > 0

),

---------- what comes back left before
return_lines as (

    select
        rma_line_id,
        min(order_line_id) as order_line_id
    from {{ ref('stg_aftersales__rma_line') }}
    group by rma_line_id

),

returned as (

    select
        return_lines.order_line_id,
        moves.sku_id,
        max(moves.location_id) as location_id,
        sum(moves.qty_delta) as qty,
        max(moves.occurred_at) as occurred_at
    from moves
    inner join return_lines on moves.ref_line_id = return_lines.rma_line_id
    where moves.move_type = 'return_in'
    group by return_lines.order_line_id, moves.sku_id

),

shipped as (

    select
        order_line_id,
        sum(left_qty) as left_qty
    from {{ ref('cost_of_goods') }}
    group by order_line_id

),

-- what left before the ledger begins left no trace in it
known as (

    select min(occurred_at) as ledger_from
    from moves

),

own_lines as (

    select
        lines.order_line_id,
        lines.order_id
    from {{ ref('int_order_line') }} as lines
    cross join known
    where
        lines.fulfil_mode = 'own'
        and lines.ordered_at >= known.ledger_from

),

returned_unsent as (

    select
        returned.location_id,
        returned.sku_id,
        'sales_order' as ref_type,
        own_lines.order_id as ref_id,
        returned.order_line_id as ref_line_id,
        'returned_more_than_left' as transition,
        returned.qty - coalesce(shipped.left_qty, 0) as qty,
        returned.occurred_at
    from returned
    inner join own_lines on returned.order_line_id = own_lines.order_line_id
    left join shipped on returned.order_line_id = shipped.order_line_id
    where returned.qty > coalesce(shipped.left_qty, 0)

),

found as (

    select * from released_unheld
    union all by name
    select * from left_unlocked
    union all by name
    select * from returned_unsent

),

final as (

    select
        ---------- ids
        found.location_id,
        found.sku_id,
        found.ref_type,
        found.ref_id,
        found.ref_line_id,

        ---------- text
        found.transition,
        case found.transition
            when 'left_without_lock'
                then 'look who took goods that others were promised'
            when 'returned_more_than_left'
                then 'count the goods, correct the return'
            else 'correct the release, count what is promised'
        end as proposed_action,
        {{ in_chinese("proposed_action") }} as proposed_action_zh,

        ---------- quantities
        {{ qty("found.qty") }} as qty,

        ---------- money
        {{ money("found.qty * coalesce(costs.unit_cost, anywhere.unit_cost)") }}
            as amount,

        ---------- timestamps
        found.occurred_at

    from found
    left join {{ ref('int_unit_cost') }} as costs
        on
            found.sku_id = costs.sku_id
            and found.location_id = costs.location_id
    left join {{ ref('int_unit_cost') }} as anywhere
        on found.sku_id = anywhere.sku_id and anywhere.location_id = '*'

)

select * from final
