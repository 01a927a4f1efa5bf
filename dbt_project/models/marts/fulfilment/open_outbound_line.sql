with

outbound_lines as (

    select * from {{ ref('stg_warehouse__outbound_line') }}

),

outbound_orders as (

    select * from {{ ref('stg_warehouse__outbound_order') }}
    where status in (
        'released', 'waved', 'picking', 'picked', 'checked', 'packed', 'blocked'
    )

),

skus as (

    select * from {{ ref('int_sku') }}

),

order_lines as (

    select
        order_line_id,
        merchant_id
    from {{ ref('int_order_line') }}

),

final as (

    select
        ---------- ids
        outbound_lines.outbound_line_id,
        outbound_lines.outbound_id,
        outbound_orders.warehouse_id,
        outbound_lines.order_line_id,
        outbound_lines.sku_id,
        outbound_lines.batch_no,
        outbound_lines.bin_id,
        coalesce(order_lines.merchant_id, 'self') as owner_party_id,

        ---------- text
        skus.storage_class,

        ---------- numbers
        outbound_lines.planned_qty,
        {{ qty(
            "greatest(outbound_lines.planned_qty "
            "- coalesce(outbound_lines.picked_qty, 0) "
            "- coalesce(outbound_lines.short_qty, 0), 0)"
        ) }} as open_qty,
        skus.weight_g as unit_weight_g,
        cast(
            skus.length_mm * skus.width_mm * skus.height_mm / 1000.0 as double
        ) as unit_volume_cm3,
        cast(greatest(skus.length_mm, skus.width_mm, skus.height_mm) as bigint)
            as longest_side_mm,

        ---------- booleans
        coalesce(skus.is_hazmat, false) as is_hazmat,
        coalesce(skus.no_air, false) as no_air,
        coalesce(skus.storage_class in ('cold', 'frozen'), false)
            as needs_cold

    from outbound_lines
    inner join outbound_orders
        on
            outbound_lines.source_system = outbound_orders.source_system
            and outbound_lines.outbound_id = outbound_orders.outbound_id
    left join skus on outbound_lines.sku_id = skus.sku_id
    left join order_lines
        on outbound_lines.order_line_id = order_lines.order_line_id

)

select * from final
