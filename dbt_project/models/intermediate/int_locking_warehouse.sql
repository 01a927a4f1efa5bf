{{ config(materialized='table', tells=['location_id']) }}
-- Warehouses that lock stock for sales orders: others may ship without a lock.
with

final as (

    select distinct warehouse_id as location_id
    from {{ ref('stg_inventory__stock_ledger') }}
    where
        bucket = 'locked'
        and ref_type = 'sales_order'
        and occurred_at <= {{ as_of() }}

)

select * from final
