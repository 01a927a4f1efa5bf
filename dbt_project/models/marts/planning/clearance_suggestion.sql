{{ config(tags=['after_plan']) }}

with

planned as (

    select * from {{ source('plan', 'clearance_suggestion') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

decided as (

    select * from {{ source('feedback', 'suggestion') }}

),

final as (

    select
        ---------- ids
        planned.suggestion_id,
        planned.sku_id,
        planned.location_id,
        planned.batch_no,
        planned.supplier_id,
        planned.to_location_id,
        planned.bundle_sku_id,

        ---------- text
        skus.sku_name,
        planned.action,
        planned.runner_up,
        planned.currency,
        planned.reason,
        planned.reason_zh,
        coalesce(decided.status, 'proposed') as status,

        ---------- numbers
        decided.version,
        planned.quantity,
        coalesce(
            case
                when decided.approved_qty > 0 then decided.approved_qty
                else decided.edited_qty
            end,
            {{ qty("planned.quantity") }}
        ) as decided_qty,
        planned.markdown_rate,

        ---------- money
        planned.floor_price,
        planned.value_at_cost,
        planned.expected_recovery,
        planned.money_at_stake,
        planned.runner_up_gain,

        ---------- dates
        planned.clear_by,
        planned.expiry_date

    from planned
    left join skus on planned.sku_id = skus.sku_id
    left join decided on planned.suggestion_id = decided.suggestion_id

)

select * from final
