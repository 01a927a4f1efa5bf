-- What customers ordered of our own goods and has not left, whether stock is
-- locked for it or not; what nobody moved for two months, nobody waits for.
with

open_lines as (

    select * from {{ ref('int_order_line') }}
    where
        fulfil_mode = 'own'
        and order_status in ('paid', 'audited', 'allocated')
        and (exclusion_reason is null or order_type = 'b2b')
        and sold_qty > shipped_qty
        and ordered_date > {{ business_date(as_of()) }} - 60

),

-- a bundle waits for what is in it
exploded as (

    select
        coalesce(components.component_sku_id, open_lines.sku_id) as sku_id,
        open_lines.location_id,
        (open_lines.sold_qty - open_lines.shipped_qty)
        * coalesce(components.qty, 1) as owed_qty
    from open_lines
    {{ components_of('open_lines') }}

),

final as (

    select
        sku_id,
        location_id,
        {{ qty('sum(owed_qty)') }} as owed_qty
    from exploded
    where sku_id is not null
    group by sku_id, location_id

)

select * from final
