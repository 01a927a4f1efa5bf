-- The sourcing terms to plan with, one row per SKU and place: the place's own
-- terms before general ones, the primary supplier before others, then price.
with

terms as (

    select
        terms.*,
        suppliers.supplier_name,
        suppliers.order_cycle_days,
        suppliers.min_order_amount,
        -- the step that one smallest order reaches
        terms.min_qty <= greatest(coalesce(terms.moq_qty, 1), 1) as is_reached
    from {{ ref('int_supplier_term') }} as terms
    left join {{ ref('int_supplier') }} as suppliers
        on terms.supplier_id = suppliers.supplier_id
    where
        coalesce(suppliers.status, 'approved') = 'approved'
        and coalesce(suppliers.supplier_type, 'distributor')
        not in ('dropship', 'merchant', 'service')

),

final as (

    select *
    from terms

    qualify
        row_number() over (
            partition by sku_id, location_id
            order by
                is_primary desc,
                is_reached desc,
                case when is_reached then min_qty end desc nulls last,
                net_purchase_price,
                supplier_id
        ) = 1

)

select * from final
