{{ config(tags=['after_plan']) }}

with

labour as (

    select * from {{ source('plan', 'wave_labour') }}

),

final as (

    select
        ---------- ids
        warehouse_id,
        coalesce(zone_id, '*') as zone_id,
        coalesce(station_id, '*') as station_id,

        ---------- text
        stage,

        ---------- numbers
        needed_minutes,
        available_minutes,
        needed_minutes / nullif(available_minutes, 0) as share

    from labour
    where needed_minutes > 0 or available_minutes > 0

)

select * from final
