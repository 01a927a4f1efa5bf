with

snapshots as (

    select * from {{ ref('stg_inventory__stock_snapshot') }}
    where coalesce(owner_party_id, 'self') = 'self'

),

latest as (

    select
        warehouse_id,
        max(as_of) as snapshot_at
    from snapshots
    where as_of <= {{ as_of() }}
    group by warehouse_id

),

latest_snapshots as (

    select snapshots.*
    from snapshots
    inner join latest
        on
            snapshots.warehouse_id = latest.warehouse_id
            and snapshots.as_of = latest.snapshot_at

),

stock as (

    select
        sku_id,
        warehouse_id as location_id,
        sum(on_hand_qty) as on_hand_qty,
        sum(on_hand_qty) filter (where stock_status = 'sellable')
            as sellable_qty,
        sum(locked_qty) filter (where stock_status = 'sellable')
            as locked_qty,
        sum(allocated_qty) filter (where stock_status = 'sellable')
            as allocated_qty,
        sum(on_hand_qty) filter (where stock_status = 'frozen') as frozen_qty,
        sum(on_hand_qty) filter (where stock_status = 'quality_hold')
            as quality_hold_qty,
        sum(on_hand_qty) filter (where stock_status = 'defective')
            as defective_qty,
        sum(in_transit_po_qty) as in_transit_po_qty,
        sum(in_transit_transfer_qty) as in_transit_transfer_qty,
        sum(return_in_transit_qty) as return_in_transit_qty,
        max(safety_qty) as source_safety_qty
    from latest_snapshots
    group by sku_id, warehouse_id

),

supply as (

    select
        sku_id,
        location_id,
        sum(arriving_qty) as on_order_qty,
        sum(arriving_qty) filter (where is_shipped) as in_transit_qty,
        sum(arriving_qty) filter (where not is_acknowledged)
            as on_order_unacknowledged_qty,
        sum(arriving_qty) filter (
            where arrival_date < {{ business_date(as_of()) }}
        ) as on_order_late_qty,
        min(arrival_date) filter (
            where arrival_date >= {{ business_date(as_of()) }}
        ) as next_expected_date
    from {{ ref('int_purchase_arrival') }}
    where is_own_supply
    group by sku_id, location_id

),

-- back from customers, on hand or not, and nobody has looked at them yet
inspections as (

    select
        sku_id,
        restock_warehouse_id as location_id,
        sum(received_qty) as return_in_inspection_qty
    from {{ ref('stg_aftersales__rma_line') }}
    where
        received_qty > 0
        and inspection is null
        and inspected_at is null
        and restock_warehouse_id is not null
    group by sku_id, restock_warehouse_id

),

-- decided and not yet shown by any export: bought or moved, wherever it
-- stands; of an order that is raised, what comes on top
approvals as (

    select
        sku_id,
        location_id,
        sum(
            greatest(in_flight_qty - coalesce(rises_from_qty, 0), 0)
        ) as approved_unseen_qty,
        min(approved_date) as approved_unseen_since
    from {{ source('feedback', 'in_flight') }}
    where action in ('buy', 'transfer', 'increase')
    group by sku_id, location_id

),

-- on the road, or allocated where it lies until its lorry goes
transfers as (

    select
        sku_id,
        to_location_id as location_id,
        sum(set_aside_qty) as set_aside_qty,
        sum(in_transit_qty) as in_transit_qty
    from {{ ref('int_transfer_line') }}
    where set_aside_qty > 0 or in_transit_qty > 0
    group by sku_id, to_location_id

),

keys as (

    select
        sku_id,
        location_id
    from stock
    union distinct
    select
        sku_id,
        location_id
    from transfers
    union distinct
    select
        sku_id,
        location_id
    from approvals
    union distinct
    select
        sku_id,
        location_id
    from supply

),

joined as (

    select
        keys.sku_id,
        keys.location_id,
        latest.snapshot_at,
        stock.on_hand_qty,
        stock.sellable_qty,
        stock.locked_qty,
        stock.allocated_qty,
        stock.frozen_qty,
        stock.quality_hold_qty,
        stock.defective_qty,
        stock.in_transit_po_qty,
        -- many snapshots do not tell what is on the road
        coalesce(stock.in_transit_transfer_qty, transfers.in_transit_qty, 0)
        + coalesce(transfers.set_aside_qty, 0) as in_transit_transfer_qty,
        stock.return_in_transit_qty,
        stock.source_safety_qty,
        inspections.return_in_inspection_qty,
        supply.on_order_qty,
        supply.in_transit_qty,
        supply.on_order_unacknowledged_qty,
        supply.on_order_late_qty,
        supply.next_expected_date,
        approvals.approved_unseen_qty,
        approvals.approved_unseen_since,
        costs.unit_cost
    from keys
    left join latest on keys.location_id = latest.warehouse_id
    left join stock
        on keys.sku_id = stock.sku_id and keys.location_id = stock.location_id
    left join supply
        on keys.sku_id = supply.sku_id and keys.location_id = supply.location_id
    left join transfers
        on
            keys.sku_id = transfers.sku_id
            and keys.location_id = transfers.location_id
    left join approvals
        on
            keys.sku_id = approvals.sku_id
            and keys.location_id = approvals.location_id
    left join inspections
        on
            keys.sku_id = inspections.sku_id
            and keys.location_id = inspections.location_id
    left join {{ ref('int_unit_cost') }} as costs
        on keys.sku_id = costs.sku_id and keys.location_id = costs.location_id

),

bucketed as (

    select
        *,
        coalesce(sellable_qty, 0)
        - coalesce(locked_qty, 0)
        - coalesce(allocated_qty, 0) as free_qty,
        -- what is on its way by the snapshot counts where no order line we
        -- know explains it: an undelivered table, or a replay of a day
        -- whose versions of the lines were never exported
        coalesce(on_order_qty, in_transit_po_qty, 0) as ordered_qty
    from joined

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,

        ---------- stock
        {{ qty("coalesce(on_hand_qty, 0)") }} as on_hand_qty,
        {{ qty("coalesce(sellable_qty, 0)") }} as sellable_qty,
        {{ qty("coalesce(locked_qty, 0)") }} as locked_qty,
        {{ qty("coalesce(allocated_qty, 0)") }} as allocated_qty,
        {{ qty("free_qty") }} as available_qty,
        {{ qty("coalesce(frozen_qty, 0)") }} as frozen_qty,
        {{ qty("coalesce(quality_hold_qty, 0)") }} as quality_hold_qty,
        {{ qty("coalesce(defective_qty, 0)") }} as defective_qty,

        ---------- on the way
        {{ qty("ordered_qty") }} as on_order_qty,
        {{ qty("coalesce(in_transit_qty, in_transit_po_qty, 0)") }}
            as in_transit_po_qty,
        {{ qty("coalesce(on_order_unacknowledged_qty, 0)") }}
            as on_order_unacknowledged_qty,
        {{ qty("coalesce(on_order_late_qty, 0)") }} as on_order_late_qty,
        {{ qty("coalesce(approved_unseen_qty, 0)") }}
            as approved_unseen_qty,
        {{ qty("coalesce(in_transit_transfer_qty, 0)") }}
            as in_transit_transfer_qty,
        {{ qty("coalesce(return_in_transit_qty, 0)") }}
            as return_in_transit_qty,
        {{ qty("coalesce(return_in_inspection_qty, 0)") }}
            as return_in_inspection_qty,

        ---------- sums
        {{ qty(
            "free_qty + ordered_qty + coalesce(approved_unseen_qty, 0) "
            "+ coalesce(in_transit_transfer_qty, 0)"
        ) }} as inventory_position_qty,
        {{ qty("source_safety_qty") }} as source_safety_qty,

        ---------- money
        unit_cost,
        {{ money("coalesce(on_hand_qty, 0) * unit_cost") }}
            as on_hand_amount,

        ---------- booleans
        snapshot_at is not null as is_stock_known,

        ---------- dates
        next_expected_date,
        approved_unseen_since,
        snapshot_at

    from bucketed

)

select * from final
