{{ config(tags=['after_plan']) }}

with

planned as (

    select * from {{ source('plan', 'channel_allocation') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

inputs as (

    select * from {{ ref('channel_input') }}

),

final as (

    select
        ---------- ids
        planned.sku_id,
        planned.location_id,
        planned.shop_id,

        ---------- text
        skus.sku_name,
        inputs.shop_name,
        inputs.platform,
        planned.currency,
        planned.reason,
        planned.reason_zh,

        ---------- quantities
        planned.available_qty,
        planned.allocated_qty,
        {{ qty("planned.expected_demand_qty") }} as expected_demand_qty,
        planned.committed_qty,
        planned.owed_qty,

        ---------- money
        planned.unit_margin,
        planned.fence_gain,

        ---------- booleans
        planned.ring_fenced as is_ring_fenced,

        ---------- timestamps
        {{ as_of() }} as valid_from,
        -- once more has come, or a campaign is over, it is split anew
        cast(planned.split_until_date as timestamptz) as valid_to

    from planned
    left join skus on planned.sku_id = skus.sku_id
    left join inputs
        on
            planned.sku_id = inputs.sku_id
            and planned.location_id = inputs.location_id
            and planned.shop_id = inputs.shop_id

)

select * from final
