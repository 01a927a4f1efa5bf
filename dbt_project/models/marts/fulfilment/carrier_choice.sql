{{ config(tags=['after_plan']) }}

with

choices as (

    select * from {{ source('plan', 'carrier_choice') }}

),

parcels as (

    select * from {{ ref('parcel_input') }}

),

lanes as (

    select
        carrier_id,
        service_code,
        origin_region,
        dest_region,
        min(carrier_name) as carrier_name,
        min(service_name) as service_name,
        min(transit_days) as transit_days
    from {{ ref('carrier_rate_current') }}
    group by carrier_id, service_code, origin_region, dest_region

),

final as (

    select
        ---------- ids
        choices.outbound_id,
        parcels.warehouse_id,
        choices.carrier_id,
        choices.service_code,
        choices.runner_up_carrier_id,
        choices.runner_up_service_code,
        parcels.current_carrier_id,
        parcels.current_service_code,
        parcels.origin_region,
        parcels.dest_province,

        ---------- text
        chosen.carrier_name,
        chosen.service_name,
        choices.currency,
        choices.bound_by,
        {{ carrier_words_in_chinese("choices.bound_by") }} as bound_by_zh,
        choices.reason,
        {{ carrier_words_in_chinese("choices.reason") }} as reason_zh,

        ---------- numbers
        parcels.weight_g,
        choices.billed_weight_g,
        parcels.volume_cm3,
        choices.late_probability,
        chosen.transit_days,
        runner_up.transit_days as runner_up_transit_days,

        ---------- money
        choices.est_cost,
        choices.expected_cost,
        coalesce(choices.draw_amount, 0) as draw_amount,
        choices.insured_value,
        coalesce(choices.insured_amount, 0) as insured_amount,
        choices.runner_up_cost,
        choices.runner_up_expected_cost,
        {{ money("choices.runner_up_cost - choices.est_cost") }}
            as saved_amount,

        ---------- booleans
        coalesce(choices.is_drawn, false) as is_drawn,

        ---------- timestamps
        parcels.cutoff_at,
        parcels.promised_deliver_by,

        ---------- what the figures rest on
        parcels.defaults

    from choices
    left join parcels on choices.outbound_id = parcels.outbound_id
    left join lanes as chosen
        on
            choices.carrier_id = chosen.carrier_id
            and choices.service_code = chosen.service_code
            and parcels.origin_region = chosen.origin_region
            and parcels.dest_province = chosen.dest_region
    left join lanes as runner_up
        on
            choices.runner_up_carrier_id = runner_up.carrier_id
            and choices.runner_up_service_code = runner_up.service_code
            and parcels.origin_region = runner_up.origin_region
            and parcels.dest_province = runner_up.dest_region

)

select * from final
