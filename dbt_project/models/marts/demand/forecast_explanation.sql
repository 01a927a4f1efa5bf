with

causes as (

    select * from {{ source('plan', 'forecast_explanation') }}

),

forecasts as (

    select * from {{ source('plan', 'demand_forecast') }}

),

final as (

    select
        ---------- ids
        causes.sku_id,
        causes.location_id,

        ---------- dates
        causes.week_start,

        ---------- quantities
        causes.baseline as baseline_qty,
        causes.season as season_qty,
        causes.events as events_qty,
        causes.promotion as promotion_qty,
        causes.contracted as contracted_qty,
        forecasts.y_hat - forecasts.y_model as override_qty,
        forecasts.y_hat

    from causes
    inner join forecasts
        on
            causes.sku_id = forecasts.sku_id
            and causes.location_id = forecasts.location_id
            and causes.week_start = forecasts.week_start

)

select * from final
