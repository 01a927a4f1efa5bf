{{ config(tags=['after_plan']) }}

with

limits as (

    select * from {{ source('plan', 'replenishment_limit') }}
    where price > 0

),

final as (

    select
        ---------- ids
        "limit" as limit_kind,
        coalesce(name, '') as limit_name,
        coalesce(location_id, '') as place,

        ---------- numbers
        cast(sum(price) as double) as unit_value

    from limits
    group by all

)

select * from final
