{{ config(tags=['after_plan']) }}

with

targets as (

    select * from {{ source('plan', 'echelon_target') }}

),

positions as (

    select * from {{ ref('inventory_position') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

-- a centre with all behind it; a region by itself
members as (

    select
        sku_id,
        location_id as echelon_id,
        location_id as member_id
    from targets
    union all
    select
        sku_id,
        central_id as echelon_id,
        location_id as member_id
    from targets
    where central_id is not null

),

echelons as (

    select
        members.sku_id,
        members.echelon_id,
        sum(coalesce(positions.inventory_position_qty, 0)) as position_qty
    from members
    left join positions
        on
            members.sku_id = positions.sku_id
            and members.member_id = positions.location_id
    group by members.sku_id, members.echelon_id

),

final as (

    select
        ---------- ids
        targets.sku_id,
        targets.location_id,
        targets.central_id,

        ---------- text
        skus.sku_name,
        targets.role,

        ---------- booleans
        targets.holds_safety,
        targets.is_worth_stocking,

        ---------- quantities
        targets.safety_qty,
        targets.order_up_to_qty,
        targets.echelon_order_up_to_qty,
        {{ qty("echelons.position_qty") }} as echelon_position_qty,
        {{ qty("targets.echelon_order_up_to_qty - echelons.position_qty") }}
            as echelon_gap_qty,

        ---------- money
        {{ money("targets.stocking_gain") }} as stocking_gain_amount

    from targets
    left join echelons
        on
            targets.sku_id = echelons.sku_id
            and targets.location_id = echelons.echelon_id
    left join skus on targets.sku_id = skus.sku_id

)

select * from final
