{{ config(tags=['after_plan']) }}

with

changes as (

    select
        *,
        quantity - coalesce(quantity_before, 0) as moved_qty
    from {{ ref('int_plan_change') }}

),

causes as (

    select * from {{ ref('int_change_cause') }}

),

inputs as (

    select
        sku_id,
        location_id,
        home_unit_cost
    from {{ ref('replenishment_input') }}

),

final as (

    select
        ---------- ids
        changes.suggestion_id,
        changes.sku_id,
        changes.location_id,
        changes.supplier_id,
        causes.cause_id,

        ---------- text
        changes.action,
        changes.status,
        changes.change,
        changes.why,
        causes.cause_kind,
        causes.cause_subject,

        ---------- quantities
        changes.quantity_before,
        changes.quantity,
        {{ qty("changes.moved_qty") }} as moved_qty,

        ---------- money
        case
            when changes.action = 'buy'
                then {{ money("changes.moved_qty * inputs.home_unit_cost") }}
        end as moved_amount

    from changes
    inner join causes on changes.suggestion_id = causes.suggestion_id
    left join inputs
        on
            changes.sku_id = inputs.sku_id
            and changes.location_id = inputs.location_id

)

select * from final
