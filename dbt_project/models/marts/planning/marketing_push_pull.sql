{{ config(tags=['after_plan']) }}

with

planned as (

    select * from {{ source('plan', 'marketing_push_pull') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

final as (

    select
        ---------- ids
        planned.sku_id,

        ---------- text
        skus.sku_name,
        planned.action,
        planned.driver,
        planned.currency,
        planned.reason,
        planned.reason_zh,

        ---------- numbers
        planned.available_qty,
        planned.units_to_move,
        planned.days_of_cover,

        ---------- money
        planned.unit_margin,
        planned.money_at_stake,

        ---------- dates
        planned.next_arrival_date,
        {{ business_date(as_of()) }} as valid_from,
        -- campaigns are planned by the week
        {{ business_date(as_of()) }} + 7 as valid_to

    from planned
    left join skus on planned.sku_id = skus.sku_id

)

select * from final
