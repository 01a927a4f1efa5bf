{{ config(
    materialized='table',
    unit=['sku_id', 'location_id'],
    since='occurred_at',
    changed_by='changed_stock_moves',
    all_units={
        'stg_inventory__stock_ledger': [
            "sku_id, warehouse_id as location_id, "
            ~ "timestamptz '-infinity' as occurred_at",
            "bucket = 'on_hand'"
        ]
    },
    tells=['sku_id', 'location_id', 'occurred_at']
) }}
{%- set changed = changed_stock_moves() %}

-- What came into and left our own stock, in order, with what came in priced.
-- Stock from before the first movement opens the account.
with

moves as (

    select
        ledger.source_system,
        ledger.ledger_id,
        ledger.sku_id,
        ledger.warehouse_id as location_id,
        ledger.occurred_at,
        ledger.move_type,
        ledger.ref_type,
        ledger.ref_line_id,
        ledger.qty_delta as qty,
        -- the kind of movement picks the key: as a condition of the join it
        -- would make every row meet every other
        case when ledger.move_type = 'po_in' then ledger.ref_line_id end
            as receipt_line_id,
        case when ledger.move_type = 'return_in' then ledger.ref_line_id end
            as rma_line_id,
        case when ledger.move_type = 'transfer_in' then ledger.ref_line_id end
            as transfer_line_id
    from {{ ref('stg_inventory__stock_ledger') }} as ledger
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                ledger.sku_id = changed.sku_id
                and ledger.warehouse_id = changed.location_id
                and ledger.occurred_at >= changed.occurred_at
    {% endif %}
    where
        ledger.bucket = 'on_hand'
        -- another state of the same goods is no movement of their worth
        and coalesce(ledger.move_type, '') != 'status_change'
        and coalesce(ledger.owner_party_id, 'self') = 'self'
        and ledger.qty_delta != 0

),

-- the last movement of each shelf that stands as it is
kept as (

    {% if changed and not is_of_whole(changed) %}
        select
            old.sku_id,
            old.location_id,
            max(old.move_no) as move_no
        {{ moves_that_stand() }}
    {% else %}
        select
            '' as sku_id,
            '' as location_id,
            0 as move_no
        where false
    {% endif %}

),

ledger_keys as (

    select
        sku_id,
        location_id,
        min(occurred_at) as first_move_at
    from moves
    group by sku_id, location_id

),

first_counts as (

    select first_counts.*
    from {{ ref('int_first_count') }} as first_counts
    {% if changed %}
        -- the account of others is open already
        semi join {{ changed_units() }} as changed
            on
                first_counts.sku_id = changed.sku_id
                and first_counts.location_id = changed.location_id
                and changed.occurred_at = timestamptz '-infinity'
    {% endif %}

),

openings as (

    select
        first_counts.sku_id,
        first_counts.location_id,
        first_counts.unit_cost,
        least(first_counts.as_of, any_value(ledger_keys.first_move_at))
            as occurred_at,
        first_counts.on_hand_qty - coalesce(sum(moves.qty), 0) as qty
    from first_counts
    inner join ledger_keys
        on
            first_counts.sku_id = ledger_keys.sku_id
            and first_counts.location_id = ledger_keys.location_id
    left join moves
        on
            first_counts.sku_id = moves.sku_id
            and first_counts.location_id = moves.location_id
            and first_counts.as_of > moves.occurred_at
    group by
        first_counts.sku_id,
        first_counts.location_id,
        first_counts.as_of,
        first_counts.on_hand_qty,
        first_counts.unit_cost

),

receipt_costs as (

    select
        receipt_line_id,
        max(unit_cost) as unit_cost
    from {{ ref('stg_procurement__goods_receipt_line') }}
    where unit_cost > 0
    group by receipt_line_id

),

-- goods come back at the cost at which they left
return_costs as (

    select
        return_lines.rma_line_id,
        max(receipt_costs.unit_cost) as unit_cost
    from {{ ref('stg_aftersales__rma_line') }} as return_lines
    inner join receipt_costs
        on return_lines.restock_receipt_line_id = receipt_costs.receipt_line_id
    group by return_lines.rma_line_id

),

-- goods from another warehouse come at what they were worth there
shipments as (

    select
        transfer_line_id,
        sku_id,
        min(from_warehouse_id) as location_id,
        min(shipped_at) as shipped_at
    from {{ ref('stg_inventory__transfer_line') }}
    where
        shipped_at is not null
        and transfer_line_id in (select moves.transfer_line_id from moves)
    group by transfer_line_id, sku_id

),

counts as (

    select
        sku_id,
        warehouse_id as location_id,
        as_of,
        max(unit_cost) as unit_cost
    from {{ ref('stg_inventory__stock_snapshot') }}
    where
        coalesce(owner_party_id, 'self') = 'self'
        and sku_id in (select shipments.sku_id from shipments)
    group by sku_id, warehouse_id, as_of

),

transfer_costs as (

    select
        shipments.transfer_line_id,
        shipments.sku_id,
        counts.unit_cost
    from shipments
    asof inner join counts
        on
            shipments.sku_id = counts.sku_id
            and shipments.location_id = counts.location_id
            and shipments.shipped_at >= counts.as_of

),

priced as (

    select
        moves.source_system,
        moves.ledger_id,
        moves.sku_id,
        moves.location_id,
        moves.occurred_at,
        moves.move_type,
        moves.ref_type,
        moves.ref_line_id,
        moves.qty,
        case
            when moves.qty < 0 then null
            when moves.move_type = 'po_in' then receipt_costs.unit_cost
            when moves.move_type = 'return_in' then return_costs.unit_cost
            when moves.move_type = 'transfer_in' then transfer_costs.unit_cost
        end as unit_cost
    from moves
    left join receipt_costs
        on moves.receipt_line_id = receipt_costs.receipt_line_id
    left join return_costs
        on moves.rma_line_id = return_costs.rma_line_id
    left join transfer_costs
        on
            moves.transfer_line_id = transfer_costs.transfer_line_id
            and moves.sku_id = transfer_costs.sku_id

    union all by name

    select
        'supplyloop' as source_system,
        'opening' as ledger_id,
        sku_id,
        location_id,
        occurred_at,
        'opening' as move_type,
        qty,
        unit_cost
    from openings
    where qty > 0

),

final as (

    select
        ---------- ids
        priced.source_system,
        priced.ledger_id,
        priced.sku_id,
        priced.location_id,
        priced.ref_line_id,

        ---------- text
        priced.move_type,
        priced.ref_type,

        ---------- numbers
        row_number() over (
            partition by priced.sku_id, priced.location_id
            order by
                priced.move_type != 'opening',
                priced.occurred_at,
                -- what comes in at the same instant can leave at once
                priced.qty < 0,
                priced.ledger_id,
                priced.source_system
        ) + coalesce(kept.move_no, 0) as move_no,
        {{ qty("priced.qty") }} as qty,
        priced.unit_cost,

        ---------- timestamps
        priced.occurred_at

    from priced
    left join kept
        on
            priced.sku_id = kept.sku_id
            and priced.location_id = kept.location_id

)

select * from final
