{{ config(tags=['after_plan']) }}

with

levels as (

    select * from {{ source('plan', 'replenishment_level') }}

),

inputs as (

    select * from {{ ref('replenishment_input') }}

),

final as (

    select
        ---------- ids
        levels.sku_id,
        levels.location_id,
        levels.supplier_id,

        ---------- text
        inputs.sku_name,
        levels.status,
        levels.reason,
        levels.reason_zh,

        ---------- what the level must cover
        levels.service_target,
        levels.lead_time_days,
        levels.review_days,
        levels.demand_mean_qty,

        ---------- the level
        levels.safety_qty,
        levels.reorder_point_qty,
        levels.order_up_to_qty,
        levels.need_qty,

        ---------- what decides
        levels.policy,
        levels.policy_reason,
        levels.policy_reason_zh,
        levels.critical_ratio,
        levels.money_at_stake,

        ---------- booleans
        levels.stock_known,

        ---------- what the figures rest on
        levels.defaults

    from levels
    left join inputs
        on
            levels.sku_id = inputs.sku_id
            and levels.location_id = inputs.location_id

)

select * from final
