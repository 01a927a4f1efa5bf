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
        0 as moved_qty
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
        0 as moved_qty
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
        ledger.qty_delta as moved_qty
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
        sum(moved_qty) as found,
        sum(counted_qty) as expected
    from changes
    group by warehouse_id, sku_id, stock_status, as_of

),

-- where it comes from is looked up for what is off alone
off as (

    select
        shelves.*,
        compared_counts.previous_as_of
    from shelves
    inner join compared_counts
        on
            shelves.warehouse_id = compared_counts.warehouse_id
            and shelves.as_of = compared_counts.as_of
    where shelves.found != shelves.expected

),

sources as (

    select
        off.warehouse_id,
        off.sku_id,
        off.stock_status,
        off.as_of,
        {{ source_of('inventory.stock_snapshot', 'snapshots') }} as source
    from off
    inner join snapshots
        on
            off.warehouse_id = snapshots.warehouse_id
            and off.sku_id = snapshots.sku_id
            and off.stock_status is not distinct from snapshots.stock_status
            and snapshots.as_of in (off.as_of, off.previous_as_of)

    union all

    select
        off.warehouse_id,
        off.sku_id,
        off.stock_status,
        off.as_of,
        {{ source_of('inventory.stock_ledger', 'ledger') }} as source
    from off
    inner join ledger
        on
            off.warehouse_id = ledger.warehouse_id
            and off.sku_id = ledger.sku_id
            and off.stock_status is not distinct from ledger.stock_status
            and off.as_of >= ledger.occurred_at
            and off.previous_as_of < ledger.occurred_at

),

last_sources as (

    select
        warehouse_id,
        sku_id,
        stock_status,
        as_of,
        max(source) as source
    from sources
    group by warehouse_id, sku_id, stock_status, as_of

),

listed as (

    select
        off.warehouse_id,
        off.as_of,
        list(
            struct_pack(
                sku_id := off.sku_id,
                stock_status := off.stock_status,
                -- the count's own line where the count has one
                source := sources.source,
                found := off.found,
                expected := off.expected
            )
            order by off.sku_id, off.stock_status
        ) as unexplained
    from off
    left join last_sources as sources
        on
            off.warehouse_id = sources.warehouse_id
            and off.sku_id = sources.sku_id
            and off.stock_status is not distinct from sources.stock_status
            and off.as_of = sources.as_of
    group by off.warehouse_id, off.as_of

),

counted as (

    select
        warehouse_id,
        as_of,
        count(*) as shelf_count
    from shelves
    group by warehouse_id, as_of

),

final as (

    select
        ---------- ids
        counted.warehouse_id,

        ---------- timestamps
        counted.as_of,

        ---------- counts
        counted.shelf_count,

        ---------- what the ledger does not explain
        coalesce(listed.unexplained, []) as unexplained

    from counted
    left join listed
        on
            counted.warehouse_id = listed.warehouse_id
            and counted.as_of = listed.as_of

)

select * from final
