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
        from_warehouse_id,
        to_warehouse_id,
        currency,

        ---------- text
        nullif(weekdays, '') as weekdays,

        ---------- numbers
        cast(days as double) as days,
        cast(coalesce(deviation_days, 0) as double) as deviation_days,

        ---------- money
        {{ money("coalesce(cost_per_unit, 0)") }} as cost_per_unit,
        {{ money("coalesce(cost_per_trip, 0)") }} as cost_per_trip

    from lanes

)

select * from final
