-- What a dropship supplier confirmed that a SKU cost on a day.
with

final as (

    select
        supplier_id,
        sku_id,
        received_date,
        sum(unit_cost * accepted_qty) / nullif(sum(accepted_qty), 0)
            as unit_cost
    from {{ ref('int_receipt_line') }}
    where receipt_type = 'dropship_confirm' and unit_cost > 0
    group by supplier_id, sku_id, received_date

)

select * from final
