{{ config(
    materialized='table',
    unit=['stock_date'],
    changed_by='changed_stock_days',
    tells=['stock_date']
) }}
{%- set changed = changed_stock_days() %}

-- Our own stock at the end of each day that a snapshot tells of.
with

snapshots as (

    select
        *,
        -- a count taken in the night still tells how the day before ended
        {{ business_date("as_of - interval 12 hour") }} as stock_date
    from {{ ref('stg_inventory__stock_snapshot') }}
    where
        coalesce(owner_party_id, 'self') = 'self'
        and {{ is_changed(
            business_date("as_of - interval 12 hour"), changed
        ) }}

),

last_of_day as (

    select
        warehouse_id,
        stock_date,
        max(as_of) as as_of
    from snapshots
    group by warehouse_id, stock_date

),

final as (

    select
        snapshots.warehouse_id as location_id,
        snapshots.sku_id,
        snapshots.stock_date,
        {{ qty(
            "coalesce(sum(snapshots.on_hand_qty) filter "
            "(where snapshots.stock_status = 'sellable'), 0)"
        ) }} as sellable_qty,
        {{ qty("coalesce(sum(snapshots.on_hand_qty), 0)") }} as on_hand_qty,
        -- null where some of it was counted without its cost
        case
            when
                count(*) filter (
                    where
                    snapshots.on_hand_qty != 0 and snapshots.unit_cost is null
                ) = 0
                then
                    {{ money(
                        "coalesce(sum(" ~ money(
                            "snapshots.on_hand_qty * snapshots.unit_cost"
                        ) ~ "), 0)"
                    ) }}
        end as on_hand_amount
    from snapshots
    inner join last_of_day
        on
            snapshots.warehouse_id = last_of_day.warehouse_id
            and snapshots.as_of = last_of_day.as_of
    group by
        snapshots.warehouse_id,
        snapshots.sku_id,
        snapshots.stock_date

)

select * from final
