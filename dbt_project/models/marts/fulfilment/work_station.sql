with

tasks as (

    select * from {{ ref('stg_warehouse__pick_task') }}
    where
        check_station is not null
        and picked_at <= {{ as_of() }}
        and picked_at > {{ as_of() }} - interval 28 day

),

final as (

    select
        ---------- ids
        warehouse_id,
        check_station as station_id,

        ---------- text
        'check' as stage,

        ---------- numbers
        count(*) as pick_count,

        ---------- timestamps
        max(picked_at) as last_used_at

    from tasks
    group by all

)

select * from final
