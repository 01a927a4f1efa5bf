{{ config(tags=['after_plan']) }}

with

offers as (

    select * from {{ source('plan', 'carrier_offer') }}

),

parcels as (

    select
        outbound_id,
        warehouse_id
    from {{ ref('parcel_input') }}

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
        parcels.warehouse_id,

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
        coalesce(offers.insured_amount, 0) as insured_amount,
        {{ money("offers.offset_amount") }} as offset_amount

    from offers
    left join parcels on offers.outbound_id = parcels.outbound_id
    left join services
        on
            offers.carrier_id = services.carrier_id
            and offers.service_code = services.service_code

)

select * from final
