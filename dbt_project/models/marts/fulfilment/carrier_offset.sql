{{ config(tags=['after_plan']) }}

with

offsets as (

    select * from {{ source('plan', 'carrier_offset') }}

),

final as (

    select
        ---------- ids
        service_id,
        warehouse_id,
        province_id,

        ---------- money
        {{ money("per_parcel") }} as per_parcel,
        {{ money("per_kg") }} as per_kg

    from offsets

)

select * from final
