{{ config(
    materialized='table',
    unit=['warehouse_id', 'as_of'],
    changed_by='changed_counts'
) }}
{%- set changed = changed_counts() %}

-- Control 1 for each count of a warehouse but its first: of how many shelves
-- and conditions the movements since the count before are compared with what
-- the counts differ by, and where they do not explain it.
with

snapshots as (

    select * from {{ ref('stg_inventory__stock_snapshot') }}

),

ledger as (

    select * from {{ ref('stg_inventory__stock_ledger') }}
    where bucket = 'on_hand'

),

count_times as (

    select distinct
        warehouse_id,
        as_of
    from snapshots

),

counts as (

    select
        warehouse_id,
        as_of,
        lag(as_of) over (
            partition by warehouse_id order by as_of
        ) as previous_as_of
    from count_times

),

compared_counts as (

    select counts.*
    from counts
    {% if changed %}
        semi join {{ changed_units() }} as changed
            on
                counts.warehouse_id = changed.warehouse_id
                and counts.as_of = changed.as_of
    {% endif %}
    where counts.previous_as_of is not null

),

-- each count adds what it found and takes off what the count before found
changes as (

    select
        snapshots.warehouse_id,
        snapshots.sku_id,
        snapshots.stock_status,
        snapshots.as_of,
        snapshots.on_hand_qty as counted_qty,
        0 as moved_qty,
        {{ source_of('inventory.stock_snapshot', 'snapshots') }} as source
    from snapshots
    inner join compared_counts
        on
            snapshots.warehouse_id = compared_counts.warehouse_id
            and snapshots.as_of = compared_counts.as_of

    union all

    select
        snapshots.warehouse_id,
        snapshots.sku_id,
        snapshots.stock_status,
        compared_counts.as_of,
        -snapshots.on_hand_qty as counted_qty,
        0 as moved_qty,
        {{ source_of('inventory.stock_snapshot', 'snapshots') }} as source
    from snapshots
    inner join compared_counts
        on
            snapshots.warehouse_id = compared_counts.warehouse_id
            and snapshots.as_of = compared_counts.previous_as_of

    union all

    select
        ledger.warehouse_id,
        ledger.sku_id,
        ledger.stock_status,
        compared_counts.as_of,
        0 as counted_qty,
        ledger.qty_delta as moved_qty,
        {{ source_of('inventory.stock_ledger', 'ledger') }} as source
    from ledger
    asof inner join counts
        on
            ledger.warehouse_id = counts.warehouse_id
            and ledger.occurred_at <= counts.as_of
    inner join compared_counts
        on
            counts.warehouse_id = compared_counts.warehouse_id
            and counts.as_of = compared_counts.as_of
    -- older parts of the ledger are not read
    where
        ledger.occurred_at > (
            select min(earliest.previous_as_of)
            from compared_counts as earliest
        )

),

shelves as (

    select
        warehouse_id,
        sku_id,
        stock_status,
        as_of,
        -- the count's own line where the count has one
        max(source) as source,
        sum(moved_qty) as found,
        sum(counted_qty) as expected
    from changes
    group by warehouse_id, sku_id, stock_status, as_of

),

final as (

    select
        ---------- ids
        warehouse_id,

        ---------- timestamps
        as_of,

        ---------- counts
        count(*) as shelf_count,

        ---------- what the ledger does not explain
        coalesce(
            list(
                struct_pack(
                    sku_id := sku_id,
                    stock_status := stock_status,
                    source := source,
                    found := found,
                    expected := expected
                )
                order by sku_id, stock_status
            ) filter (where found != expected),
            []
        ) as unexplained

    from shelves
    group by warehouse_id, as_of

)

select * from final
