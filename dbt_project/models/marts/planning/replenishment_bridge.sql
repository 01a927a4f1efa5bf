{{ config(tags=['after_plan']) }}

with

steps as (

    select * from {{ source('plan', 'replenishment_bridge') }}

),

final as (

    select
        ---------- ids
        suggestion_id,
        sku_id,
        location_id,

        ---------- text
        step,
        text_en,
        text_zh,

        ---------- numbers
        seq,
        quantity,
        cast(
            sum(quantity) over (
                partition by suggestion_id
                order by seq
                rows between unbounded preceding and current row
            ) as bigint
        ) as running_quantity

    from steps

)

select * from final
