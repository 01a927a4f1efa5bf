{{ config(tags=['after_plan']) }}

with

offers as (

    select * from {{ source('plan', 'carrier_offer') }}

),

services as (

    {{ service_names() }}

),

final as (

    select
        ---------- ids
        offers.outbound_id,
        offers.carrier_id,
        offers.service_code,

        ---------- text
        services.carrier_name,
        services.service_name,

        ---------- booleans
        offers.place = 1 as is_chosen,

        ---------- numbers
        offers.place,
        offers.billed_weight_g,
        offers.late_probability,

        ---------- money
        offers.est_cost,
        offers.expected_cost,
        {{ money("offers.offset_amount") }} as offset_amount

    from offers
    left join services
        on
            offers.carrier_id = services.carrier_id
            and offers.service_code = services.service_code

)

select * from final
