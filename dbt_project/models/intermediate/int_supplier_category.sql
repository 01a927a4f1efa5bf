-- Each supplier's category: where most of what we ordered from him belongs,
-- else most of what he offers. Empty where nothing tells.
with

goods as (

    select
        supplier_id,
        sku_id,
        coalesce(ordered_qty * unit_price, 0) as ordered_amount
    from {{ ref('int_purchase_line') }}

    union all

    select
        supplier_id,
        sku_id,
        0 as ordered_amount
    from {{ ref('int_supplier_term') }}

),

by_category as (

    select
        goods.supplier_id,
        skus.category_id,
        sum(goods.ordered_amount) as ordered_amount,
        count(distinct goods.sku_id) as sku_count
    from goods
    inner join {{ ref('int_sku') }} as skus on goods.sku_id = skus.sku_id
    where skus.category_id is not null
    group by goods.supplier_id, skus.category_id

),

foremost as (

    select
        supplier_id,
        arg_max(category_id, (ordered_amount, sku_count, category_id))
            as category_id
    from by_category
    group by supplier_id

),

final as (

    select
        suppliers.supplier_id,
        foremost.category_id
    from {{ ref('int_supplier') }} as suppliers
    left join foremost on suppliers.supplier_id = foremost.supplier_id

)

select * from final
