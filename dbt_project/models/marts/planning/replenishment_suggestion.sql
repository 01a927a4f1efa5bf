{{ config(tags=['after_plan']) }}

with

suggestions as (

    select * from {{ source('plan', 'replenishment_suggestion') }}

),

levels as (

    select * from {{ source('plan', 'replenishment_level') }}

),

inputs as (

    select * from {{ ref('replenishment_input') }}

),

suppliers as (

    select * from {{ ref('int_supplier') }}

),

-- whom we may buy from, with what he asks and how surely it comes
options as (

    select * from {{ ref('supplier_option') }}

),

decided as (

    select * from {{ source('feedback', 'suggestion') }}

),

final as (

    select
        ---------- ids
        suggestions.suggestion_id,
        suggestions.sku_id,
        suggestions.location_id,
        suggestions.supplier_id,
        planned.supplier_item_no,

        ---------- text
        suggestions.action,
        inputs.sku_name,
        suppliers.supplier_name,
        coalesce(suggestions.currency, inputs.home_currency) as currency,
        suggestions.reason,
        suggestions.reason_zh,
        coalesce(decided.status, 'proposed') as status,

        ---------- numbers
        coalesce(decided.generation, 0) as generation,
        decided.version,

        ---------- quantities
        suggestions.suggested_qty,
        coalesce(
            case
                when decided.approved_qty > 0 then decided.approved_qty
                else decided.edited_qty
            end,
            {{ qty("suggestions.suggested_qty") }}
        ) as decided_qty,
        suggestions.suggested_packs,
        suggestions.purchase_uom,
        coalesce(suggestions.pack_numerator, inputs.pack_numerator)
            as pack_numerator,
        coalesce(suggestions.pack_denominator, inputs.pack_denominator)
            as pack_denominator,
        inputs.available_qty,
        inputs.on_order_qty,
        inputs.on_order_unacknowledged_qty,
        inputs.approved_unseen_qty,
        inputs.in_transit_transfer_qty,
        levels.order_up_to_qty,
        levels.demand_mean_qty,
        levels.safety_qty,

        ---------- days of cover, before and after, at the mean forecast
        inputs.inventory_position_qty / nullif(
            levels.demand_mean_qty
            / nullif(levels.lead_time_days + levels.review_days, 0),
            0
        ) as cover_days_before,
        (inputs.inventory_position_qty + suggestions.suggested_qty) / nullif(
            levels.demand_mean_qty
            / nullif(levels.lead_time_days + levels.review_days, 0),
            0
        ) as cover_days_after,

        ---------- money
        suggestions.unit_cost,
        suggestions.unit_margin,
        suggestions.amount,
        suggestions.money_at_stake,
        {{ money("suggestions.value") }} as value_amount,
        {{ money("suggestions.next_pack_value") }} as next_pack_amount,

        ---------- expected units, from the arrival to that of a next order
        suggestions.short_qty_if_nothing,
        suggestions.short_qty,
        suggestions.left_over_qty,

        ---------- what decided
        levels.policy,
        levels.policy_reason,
        levels.policy_reason_zh,
        levels.critical_ratio,
        suggestions.warning,

        ---------- who else would deliver it, against whom we buy from
        suggestions.runner_up_supplier_id,
        rivals.supplier_name as runner_up_supplier_name,
        {{ money("suggestions.runner_up_value") }} as runner_up_value_amount,
        case
            when
                coalesce(rivals.currency, '') = coalesce(planned.currency, '')
                then {{ money("rivals.landed_cost - planned.landed_cost") }}
        end as runner_up_cost_difference,
        rivals.lead_time_days - planned.lead_time_days
            as runner_up_lead_time_difference_days,
        rivals.lead_time_std_days - planned.lead_time_std_days
            as runner_up_spread_difference_days,

        ---------- booleans
        inputs.stock_known,

        ---------- dates
        suggestions.stock_out_date,
        suggestions.requested_date,

        ---------- what the figures rest on
        list_sort(list_distinct(list_concat(
            coalesce(levels.defaults, []), coalesce(inputs.defaults, [])
        ))) as defaults

    from suggestions
    left join levels
        on
            suggestions.sku_id = levels.sku_id
            and suggestions.location_id = levels.location_id
    left join inputs
        on
            suggestions.sku_id = inputs.sku_id
            and suggestions.location_id = inputs.location_id
    left join suppliers on suggestions.supplier_id = suppliers.supplier_id
    left join options as planned
        on
            suggestions.sku_id = planned.sku_id
            and suggestions.location_id = planned.location_id
            and suggestions.supplier_id = planned.supplier_id
    left join options as rivals
        on
            suggestions.sku_id = rivals.sku_id
            and suggestions.location_id = rivals.location_id
            and suggestions.runner_up_supplier_id = rivals.supplier_id
    left join decided on suggestions.suggestion_id = decided.suggestion_id

)

select * from final
