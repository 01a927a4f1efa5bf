with

positions as (

    select * from {{ ref('inventory_position') }}
    where is_stock_known

),

batches as (

    select
        snapshots.sku_id,
        snapshots.warehouse_id as location_id,
        snapshots.batch_no,
        any_value(batches.production_date) as production_date,
        any_value(batches.expiry_date) as expiry_date,
        sum(snapshots.on_hand_qty) as sellable_qty,
        any_value(coalesce(batches.unit_cost, positions.unit_cost)) as unit_cost
    from {{ ref('stg_inventory__stock_snapshot') }} as snapshots
    inner join positions
        on
            snapshots.sku_id = positions.sku_id
            and snapshots.warehouse_id = positions.location_id
            and snapshots.as_of = positions.snapshot_at
    inner join {{ ref('int_batch') }} as batches
        on
            snapshots.sku_id = batches.sku_id
            and snapshots.batch_no = batches.batch_no
    where
        snapshots.stock_status = 'sellable'
        and coalesce(snapshots.owner_party_id, 'self') = 'self'
        and batches.expiry_date is not null
    group by snapshots.sku_id, snapshots.warehouse_id, snapshots.batch_no
    having sum(snapshots.on_hand_qty) > 0

),

dated as (

    select
        batches.*,
        coalesce(health.daily_demand_qty, 0) as daily_demand_qty,
        -- what has too few days left may not be sent to customers
        batches.expiry_date
        - cast(coalesce(skus.min_remaining_days_out, 0) as integer)
            as last_sale_date
    from batches
    left join {{ ref('inventory_health') }} as health
        on
            batches.sku_id = health.sku_id
            and batches.location_id = health.location_id
    left join {{ ref('int_sku') }} as skus on batches.sku_id = skus.sku_id

),

queued as (

    select
        *,
        sum(sellable_qty) over first_expiry_first as queue_qty,
        greatest(
            date_diff('day', {{ business_date(as_of()) }}, last_sale_date), 0
        ) as days_left
    from dated
    window first_expiry_first as (
        partition by sku_id, location_id
        order by last_sale_date, batch_no
        rows between unbounded preceding and current row
    )

),

-- Sold of the first n batches is what they hold, unless the demand until the
-- last day of one of them is less than what stands before it in the queue.
sold as (

    select
        *,
        queue_qty + least(
            min(daily_demand_qty * days_left - queue_qty) over (
                partition by sku_id, location_id
                order by last_sale_date, batch_no
                rows between unbounded preceding and current row
            ),
            0
        ) as sold_so_far_qty
    from queued

),

projected as (

    select
        *,
        sellable_qty - (
            sold_so_far_qty - coalesce(
                lag(sold_so_far_qty) over (
                    partition by sku_id, location_id
                    order by last_sale_date, batch_no
                ),
                0
            )
        ) as unsold_qty
    from sold

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        batch_no,

        ---------- numbers
        {{ qty("sellable_qty") }} as sellable_qty,
        cast(daily_demand_qty as double) as daily_demand_qty,
        cast(days_left as bigint) as days_left,
        {{ qty("unsold_qty") }} as unsold_qty,

        ---------- money
        {{ money("unsold_qty * unit_cost") }} as unsold_amount,

        ---------- dates
        production_date,
        expiry_date,
        last_sale_date

    from projected

)

select * from final
