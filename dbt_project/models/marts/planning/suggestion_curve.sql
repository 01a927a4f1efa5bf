{{ config(tags=['after_plan']) }}

with

curves as (

    select * from {{ source('plan', 'replenishment_curve') }}

),

suggestions as (

    select * from {{ source('plan', 'replenishment_suggestion') }}

),

final as (

    select
        ---------- ids
        curves.suggestion_id,
        curves.sku_id,
        curves.location_id,
        curves.supplier_id,

        ---------- numbers
        curves.quantity,
        curves.short_qty,
        curves.left_qty as left_over_qty,

        ---------- money
        {{ money("curves.spend") }} as spend_amount,
        {{ money("curves.value") }} as value_amount,
        {{ money(
            "curves.value - max(curves.value) "
            "over (partition by curves.suggestion_id)"
        ) }} as against_best_amount,

        ---------- booleans
        curves.quantity = suggestions.suggested_qty as is_suggested

    from curves
    inner join suggestions
        on curves.suggestion_id = suggestions.suggestion_id

)

select * from final
