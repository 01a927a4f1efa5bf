with

moves as not materialized (

    select * from {{ ref('stg_inventory__stock_ledger') }}
    where occurred_at <= {{ as_of() }}

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
        max(moves.warehouse_id) as location_id,
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
    where order_line_id in (select returned.order_line_id from returned)
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

    select * from {{ ref('int_hold_exception') }}
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
