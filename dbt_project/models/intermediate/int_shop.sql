-- One row per shop, even where two source systems export the same one.
with

shops as (

    select * from {{ ref('stg_order__shop') }}

    qualify
        row_number() over (
            partition by shop_id
            order by updated_at desc nulls last, source_system
        ) = 1

)

select * from shops
