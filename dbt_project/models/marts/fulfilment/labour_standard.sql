with

standards as (

    select * from {{ ref('stg_policy__labour_standard') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})

    qualify
        row_number() over (
            partition by warehouse_id, stage
            order by valid_from desc, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        warehouse_id,

        ---------- text
        stage,

        ---------- numbers
        cast(seconds_per_tour as double) as seconds_per_tour,
        cast(seconds_per_metre as double) as seconds_per_metre,
        cast(seconds_per_pick as double) as seconds_per_pick,
        cast(seconds_per_unit as double) as seconds_per_unit,
        cast(seconds_per_order as double) as seconds_per_order

    from standards

)

select * from final
