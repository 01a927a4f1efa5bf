{{ config(tags=['after_plan']) }}

with

steps as (

    select * from {{ source('plan', 'forecast_value_added') }}

),

final as (

    select
        ---------- text
        segment,
        member,
        step,

        ---------- numbers
        place,
        periods,

        ---------- shares
        score,
        wape,
        bias,
        value_added,
        against_moving_average,
        against_seasonal_naive,
        against_auto_ets

    from steps

)

select * from final
