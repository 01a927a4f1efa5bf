with

moves as (

    select
        warehouse_id as location_id,
        sku_id,
        coalesce(ref_type, 'other') as ref_type,
        coalesce(ref_id, '*') as ref_id,
        coalesce(ref_line_id, '*') as ref_line_id,
        bucket,
        move_type,
        bucket in ('locked', 'allocated') as is_hold,
        qty_delta,
        occurred_at,
        ledger_id,
        source_system
    from {{ ref('stg_inventory__stock_ledger') }}
    where occurred_at <= {{ as_of() }}

),

documents as (

    select
        location_id,
        sku_id,
        ref_type,
        ref_id,
        ref_line_id,
        coalesce(sum(qty_delta) filter (where is_hold and qty_delta > 0), 0)
            as held_qty,
        sum(qty_delta) filter (where is_hold) as balance_qty,
        max(occurred_at) filter (where is_hold and qty_delta > 0) as held_at,
        min(occurred_at) filter (where is_hold and qty_delta < 0)
            as released_at,
        coalesce(
            -sum(qty_delta) filter (where move_type = 'sale_out'), 0
        ) as left_qty,
        max(occurred_at) filter (where move_type = 'sale_out') as left_at
    from moves
    group by location_id, sku_id, ref_type, ref_id, ref_line_id

),

---------- what is released was locked or allocated before: the balance is
---------- followed only where a release may have come too early or too large
doubtful as (

    select * from documents
    where balance_qty < 0 or released_at < held_at

),

balances as (

    select
        moves.*,
        sum(moves.qty_delta) over (
            partition by
                moves.location_id,
                moves.sku_id,
                moves.ref_type,
                moves.ref_id,
                moves.ref_line_id,
                moves.bucket
            order by
                moves.occurred_at,
                moves.qty_delta desc,
                moves.ledger_id,
                moves.source_system
            rows between unbounded preceding and current row
        ) as balance_qty
    from moves
    semi join doubtful
        on
            moves.location_id = doubtful.location_id
            and moves.sku_id = doubtful.sku_id
            and moves.ref_type = doubtful.ref_type
            and moves.ref_id = doubtful.ref_id
            and moves.ref_line_id = doubtful.ref_line_id
    where moves.is_hold

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
locking as (

    select distinct location_id
    from documents
    where ref_type = 'sales_order' and held_qty > 0

),

left_unlocked as (

    select
        documents.location_id,
        documents.sku_id,
        documents.ref_type,
        documents.ref_id,
        documents.ref_line_id,
        'left_without_lock' as transition,
        documents.left_qty - documents.held_qty as qty,
        documents.left_at as occurred_at
    from documents
    semi join locking on documents.location_id = locking.location_id
    where
        documents.ref_type = 'sales_order'
        and documents.ref_line_id != '*'
        and documents.left_qty > documents.held_qty

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
