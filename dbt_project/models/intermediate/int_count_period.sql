-- The ledger is held against the first and the last count of each warehouse.
with

snapshots as (

    select * from {{ ref('stg_inventory__stock_snapshot') }}
    where as_of <= {{ as_of() }}

),

final as (

    select
        warehouse_id as location_id,
        min(as_of) as opening_at,
        max(as_of) as closing_at
    from snapshots
    group by warehouse_id

)

select * from final
