-- What each supplier said last of his stock and prices; nothing once two weeks
-- have passed.
with

offers as (

    select * from {{ ref('stg_supplier__supplier_offer') }}
    where as_of > {{ as_of() }} - interval 14 day

    qualify
        row_number() over (
            partition by supplier_id, sku_id
            order by as_of desc, source_system
        ) = 1

)

select * from offers
