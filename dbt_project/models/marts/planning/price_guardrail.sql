{{ config(tags=['after_plan']) }}

with

planned as (

    select * from {{ source('plan', 'price_guardrail') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

final as (

    select
        ---------- ids
        planned.sku_id,
        planned.shop_id,

        ---------- text
        skus.sku_name,
        planned.currency,
        planned.reason,
        planned.reason_zh,

        ---------- money
        planned.price,
        planned.min_price,
        planned.max_price,

        ---------- numbers
        planned.units_to_clear,

        ---------- booleans
        planned.below_floor as is_below_floor,

        ---------- dates
        planned.clear_by,
        {{ business_date(as_of()) }} as valid_from,
        -- costs and stock move on: a limit is good for a week
        {{ business_date(as_of()) }} + 7 as valid_to

    from planned
    left join skus on planned.sku_id = skus.sku_id

)

select * from final
