{{ config(tags=['after_plan']) }}

with

choices as (

    select * from {{ source('plan', 'forecast_choice') }}

),

final as (

    select
        ---------- text
        segment,
        candidate,

        ---------- dates
        origin as origin_week,

        ---------- numbers
        series as series_count,

        ---------- shares
        mean_share,
        demand_share,
        score,

        ---------- flags
        is_total_drawn,
        is_usual,
        is_chosen

    from choices

)

select * from final
