-- What a SKU costs of a supplier by its terms, where no confirmation says.
with

final as (

    select
        supplier_id,
        sku_id,
        min(net_purchase_price) as unit_cost
    from {{ ref('int_supplier_term') }}
    where net_purchase_price > 0
    group by supplier_id, sku_id

)

select * from final
