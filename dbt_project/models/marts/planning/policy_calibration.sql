{{ config(tags=['after_plan']) }}

with

replayed as (

    select * from {{ source('plan', 'policy_calibration') }}

),

final as (

    select
        ---------- ids
        segment,

        ---------- what being short should weigh
        weight,
        best_weight,
        trust,

        ---------- what it rests on
        items,
        origins,
        {{ money("usual_cost") }} as usual_cost_amount,
        {{ money("saved_cost") }} as saved_amount,
        {{ money("saved_error") }} as saved_error_amount,

        ---------- dates
        calibrated_on

    from replayed

)

select * from final
