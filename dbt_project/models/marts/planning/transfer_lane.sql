with

lanes as (

    select * from {{ ref('stg_policy__transfer_lane') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
        and from_warehouse_id != to_warehouse_id

    qualify
        row_number() over (
            partition by from_warehouse_id, to_warehouse_id
            order by valid_from desc, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        lanes.from_warehouse_id,
        lanes.to_warehouse_id,
        lanes.currency,

        ---------- text
        nullif(lanes.weekdays, '') as weekdays,

        ---------- numbers
        cast(lanes.days as double) as days,
        cast(coalesce(lanes.deviation_days, 0) as double) as deviation_days,

        ---------- money
        {{ money("coalesce(lanes.cost_per_unit, 0)") }} as cost_per_unit,
        {{ money("coalesce(lanes.cost_per_trip, 0)") }} as cost_per_trip,
        {{ money("coalesce(lanes.cost_per_unit, 0) * rates.rate") }}
            as home_cost_per_unit,
        {{ money("coalesce(lanes.cost_per_trip, 0) * rates.rate") }}
            as home_cost_per_trip

    from lanes
    left join {{ ref('int_exchange_rate') }} as rates
        on coalesce(lanes.currency, '') = rates.currency

)

select * from final
