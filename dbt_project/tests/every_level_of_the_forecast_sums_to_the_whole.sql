-- Sums of every level are those of the published forecast. What has no SPU, no
-- category or no brand stands in none; where nobody bought there is no channel.
{{ config(
    tags=['after_plan'],
    meta={'dagster': {'ref': {'name': 'forecast_total'}}}
) }}

with

series as (

    select
        week_start,
        sum(y_hat) as y_hat
    from {{ ref('demand_forecast') }}
    group by all

),

levels as (

    select
        summed_over,
        week_start,
        sum(y_hat) as y_hat
    from {{ ref('forecast_total') }}
    group by all

)

select
    levels.summed_over,
    series.week_start,
    levels.y_hat,
    series.y_hat as of_series
from levels
full join series on levels.week_start = series.week_start
where
    levels.y_hat is null
    or series.y_hat is null
    or levels.y_hat > series.y_hat + 0.001 * (1 + series.y_hat)
    or (
        levels.summed_over not in ('spu', 'category', 'brand')
        and levels.y_hat < series.y_hat - 0.001 * (1 + series.y_hat)
    )
