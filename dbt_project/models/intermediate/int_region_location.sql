{{ config(materialized='table', tells=['region_id']) }}

-- The warehouse that serves a region first: as policy says, else the one that
-- most orders of the region were given to.
with

coverage as (

    select
        region_id,
        arg_min(warehouse_id, (rank, warehouse_id)) as location_id
    from {{ ref('stg_policy__coverage') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by region_id

),

served as (

    select
        dest_province as region_id,
        warehouse_id as location_id,
        count(*) as orders
    from {{ ref('stg_order__sales_order') }}
    where dest_province is not null and warehouse_id is not null
    group by dest_province, warehouse_id

),

usual as (

    select
        region_id,
        location_id
    from served

    qualify
        row_number() over (
            partition by region_id
            order by orders desc, location_id
        ) = 1

),

final as (

    select
        coalesce(coverage.region_id, usual.region_id) as region_id,
        coalesce(coverage.location_id, usual.location_id) as location_id,
        coverage.location_id is not null as is_policy
    from coverage
    full outer join usual on coverage.region_id = usual.region_id

)

select * from final
