{{ config(tags=['planning']) }}

with

capacities as (

    select
        warehouse_id,
        storage_class,
        arg_max(volume_l, valid_from) as capacity_l
    from {{ ref('stg_policy__storage_capacity') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by warehouse_id, storage_class

),

skus as (

    select
        sku_id,
        coalesce(storage_class, 'ambient') as storage_class,
        length_mm * width_mm * height_mm / 1e6 as unit_volume_l
    from {{ ref('int_sku') }}

),

snapshots as (

    select * from {{ ref('stg_inventory__stock_snapshot') }}
    where as_of <= {{ as_of() }}

    qualify as_of = max(as_of) over (partition by warehouse_id)

),

-- whoever owns it and in whatever state, it lies there
lying as (

    select
        snapshots.warehouse_id,
        skus.storage_class,
        {{ exact_sum(
            "snapshots.on_hand_qty * coalesce(skus.unit_volume_l, 0)"
        ) }} as stored_l
    from snapshots
    inner join skus on snapshots.sku_id = skus.sku_id
    group by snapshots.warehouse_id, skus.storage_class

),

coming as (

    select
        positions.location_id as warehouse_id,
        skus.storage_class,
        {{ exact_sum(
            "(coalesce(positions.on_order_qty, 0) "
            "+ coalesce(positions.approved_unseen_qty, 0) "
            "+ coalesce(positions.in_transit_transfer_qty, 0)) "
            "* coalesce(skus.unit_volume_l, 0)"
        ) }} as under_way_l
    from {{ ref('inventory_position') }} as positions
    inner join skus on positions.sku_id = skus.sku_id
    group by positions.location_id, skus.storage_class

),

final as (

    select
        ---------- ids
        capacities.warehouse_id as location_id,

        ---------- text
        capacities.storage_class,

        ---------- litres
        cast(capacities.capacity_l as double) as capacity_l,
        cast(coalesce(lying.stored_l, 0) as double) as stored_l,
        cast(coalesce(coming.under_way_l, 0) as double) as under_way_l,
        cast(
            capacities.capacity_l
            - coalesce(lying.stored_l, 0)
            - coalesce(coming.under_way_l, 0) as double
        ) as free_l

    from capacities
    left join lying
        on
            capacities.warehouse_id = lying.warehouse_id
            and capacities.storage_class = lying.storage_class
    left join coming
        on
            capacities.warehouse_id = coming.warehouse_id
            and capacities.storage_class = coming.storage_class

)

select * from final
