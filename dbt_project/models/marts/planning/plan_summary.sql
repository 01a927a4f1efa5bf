{{ config(tags=['after_plan']) }}

with

suggestions as (

    select
        action,
        count(*) as decisions,
        count(*) filter (where suggested_qty is null) as without_quantity,
        sum(suggested_qty) as units,
        sum(amount) as amount,
        sum(money_at_stake) as money_at_stake
    from {{ ref('replenishment_suggestion') }}
    group by action

),

waves as (

    select
        'wave' as action,
        count(*) as decisions,
        0 as without_quantity,
        sum(unit_count) as units,
        null as amount,
        null as money_at_stake
    from {{ ref('wave_plan') }}
    having count(*) > 0

),

carriers as (

    select
        'ship' as action,
        count(*) as decisions,
        count(*) filter (where carrier_id is null) as without_quantity,
        null as units,
        sum(est_cost) as amount,
        sum(saved_amount) as money_at_stake
    from {{ ref('carrier_choice') }}
    having count(*) > 0

),

together as (

    select * from suggestions
    union all
    select * from waves
    union all
    select * from carriers

),

final as (

    select
        action,
        cast(decisions as bigint) as decisions,
        cast(without_quantity as bigint) as without_quantity,
        {{ qty("units") }} as units,
        {{ money("amount") }} as amount,
        {{ money("money_at_stake") }} as money_at_stake
    from together

)

select * from final
