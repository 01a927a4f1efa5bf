with

periods as (

    select * from {{ ref('int_count_period') }}

),

snapshots as (

    select
        snapshots.warehouse_id as location_id,
        snapshots.sku_id,
        snapshots.batch_no,
        snapshots.stock_status,
        snapshots.on_hand_qty,
        coalesce(snapshots.locked_qty, 0) as locked_qty,
        coalesce(snapshots.allocated_qty, 0) as allocated_qty,
        snapshots.as_of = periods.opening_at as is_opening,
        snapshots.as_of = periods.closing_at as is_closing
    from {{ ref('stg_inventory__stock_snapshot') }} as snapshots
    inner join periods on snapshots.warehouse_id = periods.location_id
    where
        snapshots.as_of in (periods.opening_at, periods.closing_at)
        and coalesce(snapshots.owner_party_id, 'self') = 'self'
        and coalesce(snapshots.batch_no, '') != ''

),

counted as (

    select
        location_id,
        sku_id,
        batch_no,
        sum(on_hand_qty) filter (where is_opening) as opening_qty,
        sum(on_hand_qty) filter (where is_closing) as on_hand_qty,
        sum(on_hand_qty) filter (
            where is_closing and stock_status = 'sellable'
        ) as sellable_qty,
        sum(locked_qty) filter (
            where is_closing and stock_status = 'sellable'
        ) as locked_qty,
        sum(allocated_qty) filter (
            where is_closing and stock_status = 'sellable'
        ) as allocated_qty,
        sum(on_hand_qty) filter (
            where is_closing and stock_status = 'frozen'
        ) as frozen_qty,
        sum(on_hand_qty) filter (
            where is_closing and stock_status = 'quality_hold'
        ) as quality_hold_qty,
        sum(on_hand_qty) filter (
            where is_closing and stock_status = 'defective'
        ) as defective_qty
    from snapshots
    group by location_id, sku_id, batch_no

),

moved as (

    select
        ledger.warehouse_id as location_id,
        ledger.sku_id,
        ledger.batch_no,
        sum(ledger.qty_delta) as moved_qty,
        sum(ledger.qty_delta) filter (where ledger.move_type = 'po_in')
            as received_qty,
        sum(ledger.qty_delta) filter (where ledger.move_type = 'return_in')
            as returned_qty,
        sum(ledger.qty_delta) filter (where ledger.move_type = 'transfer_in')
            as transferred_in_qty,
        -sum(ledger.qty_delta) filter (where ledger.move_type = 'sale_out')
            as sold_qty,
        -sum(ledger.qty_delta) filter (where ledger.move_type = 'return_out')
            as sent_back_qty,
        -sum(ledger.qty_delta) filter (where ledger.move_type = 'transfer_out')
            as transferred_out_qty,
        -sum(ledger.qty_delta) filter (where ledger.move_type = 'scrap')
            as scrapped_qty,
        sum(ledger.qty_delta) filter (
            where ledger.move_type in ('count_gain', 'count_loss')
        ) as counted_qty
    from {{ ref('stg_inventory__stock_ledger') }} as ledger
    inner join periods on ledger.warehouse_id = periods.location_id
    where
        ledger.occurred_at >= periods.opening_at
        and ledger.occurred_at < periods.closing_at
        and ledger.bucket = 'on_hand'
        and coalesce(ledger.owner_party_id, 'self') = 'self'
        and coalesce(ledger.batch_no, '') != ''
    group by ledger.warehouse_id, ledger.sku_id, ledger.batch_no

),

joined as (

    select
        coalesce(counted.location_id, moved.location_id) as location_id,
        coalesce(counted.sku_id, moved.sku_id) as sku_id,
        coalesce(counted.batch_no, moved.batch_no) as batch_no,
        coalesce(counted.opening_qty, 0) as opening_qty,
        coalesce(counted.on_hand_qty, 0) as on_hand_qty,
        coalesce(counted.sellable_qty, 0) as sellable_qty,
        coalesce(counted.locked_qty, 0) as locked_qty,
        coalesce(counted.allocated_qty, 0) as allocated_qty,
        coalesce(counted.frozen_qty, 0) as frozen_qty,
        coalesce(counted.quality_hold_qty, 0) as quality_hold_qty,
        coalesce(counted.defective_qty, 0) as defective_qty,
        coalesce(moved.moved_qty, 0) as moved_qty,
        coalesce(moved.received_qty, 0) as received_qty,
        coalesce(moved.returned_qty, 0) as returned_qty,
        coalesce(moved.transferred_in_qty, 0) as transferred_in_qty,
        coalesce(moved.sold_qty, 0) as sold_qty,
        coalesce(moved.sent_back_qty, 0) as sent_back_qty,
        coalesce(moved.transferred_out_qty, 0) as transferred_out_qty,
        coalesce(moved.scrapped_qty, 0) as scrapped_qty,
        coalesce(moved.counted_qty, 0) as counted_qty
    from counted
    full outer join moved
        on
            counted.location_id = moved.location_id
            and counted.sku_id = moved.sku_id
            and counted.batch_no = moved.batch_no

),

dated as (

    select
        joined.*,
        batches.supplier_id,
        batches.status as batch_status,
        batches.production_date,
        batches.expiry_date,
        periods.opening_at,
        periods.closing_at,
        coalesce(batches.unit_cost, costs.unit_cost, anywhere.unit_cost)
            as unit_cost,
        {{ is_delivered('inventory', 'stock_ledger') }} as has_ledger
    from joined
    inner join periods on joined.location_id = periods.location_id
    left join {{ ref('int_batch') }} as batches
        on
            joined.sku_id = batches.sku_id
            and joined.batch_no = batches.batch_no
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
        sku_id,
        location_id,
        batch_no,
        supplier_id,

        ---------- text
        batch_status,

        ---------- where it is
        {{ qty("on_hand_qty") }} as on_hand_qty,
        {{ qty("sellable_qty") }} as sellable_qty,
        {{ qty("locked_qty") }} as locked_qty,
        {{ qty("allocated_qty") }} as allocated_qty,
        {{ qty("sellable_qty - locked_qty - allocated_qty") }}
            as available_qty,
        {{ qty("frozen_qty") }} as frozen_qty,
        {{ qty("quality_hold_qty") }} as quality_hold_qty,
        {{ qty("defective_qty") }} as defective_qty,

        ---------- where it came from and went to
        {{ qty("opening_qty") }} as opening_qty,
        {{ qty("received_qty") }} as received_qty,
        {{ qty("returned_qty") }} as returned_qty,
        {{ qty("transferred_in_qty") }} as transferred_in_qty,
        {{ qty("sold_qty") }} as sold_qty,
        {{ qty("sent_back_qty") }} as sent_back_qty,
        {{ qty("transferred_out_qty") }} as transferred_out_qty,
        {{ qty("scrapped_qty") }} as scrapped_qty,
        {{ qty("counted_qty") }} as counted_qty,
        -- assembled, or put from one batch to another
        {{ qty(
            "moved_qty - received_qty - returned_qty - transferred_in_qty "
            "+ sold_qty + sent_back_qty + transferred_out_qty + scrapped_qty "
            "- counted_qty"
        ) }} as other_qty,
        case
            when has_ledger
                then {{ qty("on_hand_qty - opening_qty - moved_qty") }}
        end as difference_qty,

        ---------- money
        {{ money("on_hand_qty * unit_cost") }} as on_hand_amount,
        case
            when has_ledger
                then
                    {{ money(
                        "(on_hand_qty - opening_qty - moved_qty) * unit_cost"
                    ) }}
        end as difference_amount,

        ---------- dates
        production_date,
        expiry_date,
        opening_at,
        closing_at

    from dated

)

select * from final
