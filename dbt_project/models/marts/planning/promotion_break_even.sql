{{ config(tags=['after_plan']) }}

with

final as (

    select
        ---------- ids
        campaign_id,
        sku_id,
        coalesce(shop_id, '*') as shop_id,

        ---------- text
        verdict,

        ---------- quantities
        {{ qty("baseline_qty") }} as baseline_qty,
        {{ qty("units_needed") }} as units_needed,
        {{ qty("expected_qty") }} as expected_qty,
        {{ qty("planned_qty") }} as planned_qty,
        round(uplift_needed, 6) as uplift_needed,

        ---------- money
        unit_cost,
        usual_price,
        promo_price,
        usual_margin,
        promo_margin,
        lowest_price,
        expected_gain,

        ---------- booleans
        keeps_floor,

        ---------- dates
        first_date,
        last_date

    from {{ source('plan', 'promotion_break_even') }}

)

select * from final
