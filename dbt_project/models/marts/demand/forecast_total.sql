{{ config(tags=['after_plan']) }}

with

totals as (

    select * from {{ source('plan', 'forecast_total') }}

),

final as (

    select
        ---------- text
        level as summed_over,
        member,

        ---------- dates
        week_start,

        ---------- quantities
        y_hat,
        y_model

    from totals

)

select * from final
