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
        {{ carrier_words_in_chinese("contract") }} as contract_zh,

        ---------- quantities
        left_over as left_over_parcels,

        ---------- money
        {{ money("price") }} as price,
        {{ money("cost_amount") }} as cost_amount

    from prices

)

select * from final
