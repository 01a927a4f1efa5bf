{{ config(tags=['after_plan']) }}

with

forecasts as (

    select * from {{ source('plan', 'demand_forecast') }}

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,

        ---------- dates
        week_start,

        ---------- quantities
        y_hat,
        y_model,
        q_0_1,
        q_0_5,
        q_0_9,
        q_0_95,
        bulk_qty

    from forecasts

)

select * from final
