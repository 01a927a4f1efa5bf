{{ config(tags=['after_plan']) }}

with

estimates as (

    select * from {{ source('plan', 'transit_time') }}

),

services as (

    {{ service_names() }}

),

final as (

    select
        ---------- ids
        estimates.carrier_id,
        estimates.service_code,
        estimates.origin_region,
        estimates.dest_region,

        ---------- text
        services.carrier_name,
        services.service_name,

        ---------- samples
        estimates.parcels,

        ---------- days
        estimates.promise_days,
        estimates.mean_days,
        estimates.arrived_within,

        ---------- shares
        estimates.late_rate,
        estimates.late_low,
        estimates.late_high,
        estimates.late_today_rate,
        estimates.failed_rate

    from estimates
    left join services
        on
            estimates.carrier_id = services.carrier_id
            and estimates.service_code = services.service_code

)

select * from final
