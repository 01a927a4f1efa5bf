{%- set masters = [
    ("spu", "stg_product__spu", "spu_id"),
    ("sku", "stg_product__sku", "sku_id"),
    ("supplier", "stg_supplier__supplier", "supplier_id"),
    ("warehouse", "stg_warehouse__warehouse", "warehouse_id"),
    ("shop", "stg_order__shop", "shop_id"),
    ("carrier", "stg_logistics__carrier_service", "carrier_id"),
    ("batch", "stg_inventory__batch", "batch_no"),
    ("order", "stg_order__sales_order", "order_id"),
    ("purchase_order", "stg_procurement__purchase_order", "po_id"),
] %}

-- Of kinds of things that some system names differently, the keys by which the
-- systems that speak ours list them.
with

-- who uses keys of its own; all others speak ours
mapped as (

    select distinct
        entity,
        source_system
    from {{ source('control', 'key') }}
    where source_id != id

),

final as (

    {% for entity, model, column in masters %}
        select distinct
            '{{ entity }}' as entity,
            {{ column }} as id
        from {{ ref(model) }}
        where
            exists (
                select 1 from mapped
                where mapped.entity = '{{ entity }}'
            )
            and source_system not in (
                select mapped.source_system from mapped
                where mapped.entity = '{{ entity }}'
            )
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select * from final
