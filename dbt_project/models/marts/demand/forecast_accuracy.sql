{{ config(tags=['after_plan']) }}

with

measures as (

    select * from {{ source('plan', 'forecast_accuracy') }}

),

final as (

    select
        ---------- text
        level as summed_over,
        segment,
        member,

        ---------- numbers
        weeks_ahead,
        periods,
        demand as demand_qty,

        ---------- shares
        score,
        wape,
        bias,
        rmsse,
        pinball,
        coverage_0_5,
        coverage_0_9,
        coverage_0_95

    from measures

)

select * from final
