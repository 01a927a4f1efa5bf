with

shifts as (

    select * from {{ ref('stg_warehouse__shift_capacity') }}
    where ends_at > {{ as_of() }}

    qualify
        row_number() over (
            partition by
                warehouse_id, shift_date, shift, stage, coalesce(zone_id, '*')
            order by updated_at desc nulls last, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        warehouse_id,
        shift,
        coalesce(zone_id, '*') as zone_id,

        ---------- text
        stage,

        ---------- numbers
        cast(coalesce(workers, 0) as bigint) as workers,
        cast(minutes as double) as minutes,
        carts,
        cart_slots,
        cast(cart_volume_l as double) as cart_volume_l,

        ---------- dates
        shift_date,

        ---------- timestamps
        starts_at,
        ends_at

    from shifts
    where ends_at > starts_at

)

select * from final
