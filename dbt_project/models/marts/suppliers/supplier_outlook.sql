{{ config(tags=['after_plan']) }}

with

outlooks as (

    select * from {{ source('plan', 'supplier_outlook') }}

),

item_numbers as (

    select
        supplier_id,
        sku_id,
        min(supplier_item_no) as supplier_item_no
    from {{ ref('stg_supplier__supplier_sku') }}
    group by supplier_id, sku_id

),

final as (

    select
        ---------- ids
        outlooks.supplier_id,
        outlooks.sku_id,
        outlooks.location_id,
        item_numbers.supplier_item_no,

        ---------- text
        outlooks.reason,

        ---------- quantities
        {{ qty("outlooks.expected_qty") }} as expected_qty,
        {{ qty("outlooks.p10_qty") }} as p10_qty,
        {{ qty("outlooks.p50_qty") }} as p50_qty,
        {{ qty("outlooks.p90_qty") }} as p90_qty,
        {{ qty("outlooks.committed_qty") }} as committed_qty,

        ---------- dates
        outlooks.week_start

    from outlooks
    left join item_numbers
        on
            outlooks.supplier_id = item_numbers.supplier_id
            and outlooks.sku_id = item_numbers.sku_id

)

select * from final
