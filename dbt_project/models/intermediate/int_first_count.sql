{{ config(
    materialized='table',
    unit=['sku_id', 'location_id'],
    changed_by='changed_first_counts',
    tells=['sku_id', 'location_id']
) }}
{%- set changed = changed_first_counts() %}

-- What the first snapshot of each SKU and warehouse counted of our own stock.
with

counts as (

    select
        snapshots.sku_id,
        snapshots.warehouse_id as location_id,
        snapshots.as_of,
        sum(snapshots.on_hand_qty) as on_hand_qty,
        max(snapshots.unit_cost) as unit_cost
    from {{ ref('stg_inventory__stock_snapshot') }} as snapshots
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                snapshots.sku_id = changed.sku_id
                and snapshots.warehouse_id = changed.location_id
    {% endif %}
    where coalesce(snapshots.owner_party_id, 'self') = 'self'
    group by snapshots.sku_id, snapshots.warehouse_id, snapshots.as_of

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,

        ---------- quantities
        arg_min(on_hand_qty, as_of) as on_hand_qty,

        ---------- money: of the first count that tells it
        arg_min(unit_cost, as_of) as unit_cost,

        ---------- timestamps
        min(as_of) as as_of,
        min(as_of) filter (where unit_cost is not null) as priced_at

    from counts
    group by sku_id, location_id

)

select * from final
