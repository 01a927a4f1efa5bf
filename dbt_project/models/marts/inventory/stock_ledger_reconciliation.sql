with

snapshots as (

    select
        warehouse_id as location_id,
        sku_id,
        coalesce(batch_no, '') as batch_no,
        stock_status,
        coalesce(owner_party_id, 'self') as owner_party_id,
        as_of,
        on_hand_qty,
        coalesce(locked_qty, 0) as locked_qty
    from {{ ref('stg_inventory__stock_snapshot') }}

),

periods as (

    select * from {{ ref('int_count_period') }}

),

counted as (

    select
        snapshots.location_id,
        snapshots.sku_id,
        snapshots.batch_no,
        snapshots.stock_status,
        snapshots.owner_party_id,
        sum(snapshots.on_hand_qty) filter (
            where snapshots.as_of = periods.opening_at
        ) as opening_qty,
        sum(snapshots.on_hand_qty) filter (
            where snapshots.as_of = periods.closing_at
        ) as closing_qty,
        sum(snapshots.locked_qty) filter (
            where snapshots.as_of = periods.opening_at
        ) as opening_locked_qty,
        sum(snapshots.locked_qty) filter (
            where snapshots.as_of = periods.closing_at
        ) as closing_locked_qty
    from snapshots
    inner join periods on snapshots.location_id = periods.location_id
    where snapshots.as_of in (periods.opening_at, periods.closing_at)
    group by
        snapshots.location_id,
        snapshots.sku_id,
        snapshots.batch_no,
        snapshots.stock_status,
        snapshots.owner_party_id

),

moves as (

    select
        ledger.warehouse_id as location_id,
        ledger.sku_id,
        coalesce(ledger.batch_no, '') as batch_no,
        coalesce(ledger.stock_status, 'sellable') as stock_status,
        coalesce(ledger.owner_party_id, 'self') as owner_party_id,
        ledger.bucket,
        ledger.move_type,
        ledger.reason,
        ledger.qty_delta,
        coalesce(
            ledger.qty_before + ledger.qty_delta != ledger.qty_after
            or ledger.qty_after < 0,
            false
        ) as is_broken
    from {{ ref('stg_inventory__stock_ledger') }} as ledger
    inner join periods on ledger.warehouse_id = periods.location_id
    where
        ledger.occurred_at >= periods.opening_at
        and ledger.occurred_at < periods.closing_at

),

moved as (

    select
        location_id,
        sku_id,
        batch_no,
        stock_status,
        owner_party_id,
        sum(qty_delta) filter (where bucket = 'on_hand' and qty_delta > 0)
            as in_qty,
        -sum(qty_delta) filter (where bucket = 'on_hand' and qty_delta < 0)
            as out_qty,
        sum(qty_delta) filter (where bucket = 'locked') as locked_qty,
        -sum(qty_delta) filter (where move_type = 'count_loss') as lost_qty,
        sum(qty_delta) filter (where move_type = 'count_gain') as found_qty,
        -sum(qty_delta) filter (where move_type = 'scrap') as scrapped_qty,
        count(*) filter (where is_broken) as broken_moves
    from moves
    group by location_id, sku_id, batch_no, stock_status, owner_party_id

),

joined as (

    select
        coalesce(counted.location_id, moved.location_id) as location_id,
        coalesce(counted.sku_id, moved.sku_id) as sku_id,
        coalesce(counted.batch_no, moved.batch_no) as batch_no,
        coalesce(counted.stock_status, moved.stock_status) as stock_status,
        coalesce(counted.owner_party_id, moved.owner_party_id)
            as owner_party_id,
        coalesce(counted.opening_qty, 0) as opening_qty,
        coalesce(counted.closing_qty, 0) as closing_qty,
        coalesce(counted.opening_locked_qty, 0) as opening_locked_qty,
        coalesce(counted.closing_locked_qty, 0) as closing_locked_qty,
        coalesce(moved.in_qty, 0) as in_qty,
        coalesce(moved.out_qty, 0) as out_qty,
        coalesce(moved.locked_qty, 0) as locked_qty,
        coalesce(moved.lost_qty, 0) as lost_qty,
        coalesce(moved.found_qty, 0) as found_qty,
        coalesce(moved.scrapped_qty, 0) as scrapped_qty,
        coalesce(moved.broken_moves, 0) as broken_moves
    from counted
    full outer join moved
        on
            counted.location_id = moved.location_id
            and counted.sku_id = moved.sku_id
            and counted.batch_no = moved.batch_no
            and counted.stock_status = moved.stock_status
            and counted.owner_party_id = moved.owner_party_id
    -- without a ledger there is nothing to hold against
    where {{ is_delivered('inventory', 'stock_ledger') }}

),

compared as (

    select
        joined.*,
        periods.opening_at,
        periods.closing_at,
        joined.opening_qty + joined.in_qty - joined.out_qty as expected_qty,
        joined.opening_locked_qty + joined.locked_qty as expected_locked_qty,
        coalesce(costs.unit_cost, anywhere.unit_cost) as unit_cost
    from joined
    inner join periods on joined.location_id = periods.location_id
    left join {{ ref('int_unit_cost') }} as costs
        on
            joined.sku_id = costs.sku_id
            and joined.location_id = costs.location_id
    left join {{ ref('int_unit_cost') }} as anywhere
        on joined.sku_id = anywhere.sku_id and anywhere.location_id = '*'

),

final as (

    select
        ---------- ids
        location_id,
        sku_id,
        batch_no,
        stock_status,
        owner_party_id,

        ---------- on hand
        {{ qty("opening_qty") }} as opening_qty,
        {{ qty("in_qty") }} as in_qty,
        {{ qty("out_qty") }} as out_qty,
        {{ qty("expected_qty") }} as expected_qty,
        {{ qty("closing_qty") }} as snapshot_qty,
        {{ qty("closing_qty - expected_qty") }} as difference_qty,

        ---------- locks
        {{ qty("expected_locked_qty") }} as expected_locked_qty,
        {{ qty("closing_locked_qty") }} as snapshot_locked_qty,
        {{ qty("closing_locked_qty - expected_locked_qty") }}
            as locked_difference_qty,

        ---------- shrinkage that was booked
        {{ qty("lost_qty") }} as lost_qty,
        {{ qty("found_qty") }} as found_qty,
        {{ qty("scrapped_qty") }} as scrapped_qty,

        ---------- money
        {{ money("(closing_qty - expected_qty) * unit_cost") }}
            as difference_amount,
        {{ money("(lost_qty - found_qty + scrapped_qty) * unit_cost") }}
            as shrinkage_amount,

        ---------- marks
        broken_moves,
        closing_qty = expected_qty
        and closing_locked_qty = expected_locked_qty
        and broken_moves = 0 as is_tied,

        ---------- timestamps
        opening_at,
        closing_at

    from compared

)

select * from final
