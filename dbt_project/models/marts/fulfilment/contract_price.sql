{{ config(tags=['after_plan']) }}

with

prices as (

    select * from {{ source('plan', 'carrier_contract_price') }}

),

final as (

    select
        ---------- ids
        service_id,
        contract,

        ---------- text
        kind,

        ---------- money
        {{ money("price") }} as price,
        {{ money("cost_amount") }} as cost_amount

    from prices

)

select * from final
