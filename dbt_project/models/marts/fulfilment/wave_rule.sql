with

rules as (

    select * from {{ ref('stg_policy__wave_rule') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})

    qualify
        row_number() over (
            partition by warehouse_id, wave_type
            order by valid_from desc, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        warehouse_id,

        ---------- text
        wave_type,

        ---------- numbers
        cast(min_orders as bigint) as min_orders,
        cast(max_orders as bigint) as max_orders,
        cast(max_units as bigint) as max_units

    from rules

)

select * from final
