with

outbound_orders as (

    select * from {{ ref('stg_warehouse__outbound_order') }}
    where status in (
        'released', 'waved', 'picking', 'picked', 'checked', 'packed', 'blocked'
    )

),

lines as (

    select
        open_lines.outbound_id,
        count(*) as line_count,
        sum(open_lines.planned_qty) as unit_count,
        sum(
            open_lines.planned_qty * coalesce(
                open_lines.unit_weight_g, {{ var('default_unit_weight_g') }}
            )
        ) as weight_g,
        sum(open_lines.planned_qty * open_lines.unit_volume_cm3) as volume_cm3,
        max(open_lines.longest_side_mm) as longest_side_mm,
        bool_or(open_lines.unit_weight_g is null) as has_unknown_weight,
        bool_or(open_lines.is_hazmat) as is_hazmat,
        bool_or(open_lines.no_air) as no_air,
        bool_or(open_lines.needs_cold) as needs_cold,
        min(order_lines.order_id) as order_id,
        sum(
            order_lines.net_revenue_amount + order_lines.tax_amount
        ) as goods_value
    from {{ ref('open_outbound_line') }} as open_lines
    left join {{ ref('int_order_line') }} as order_lines
        on open_lines.order_line_id = order_lines.order_line_id
    group by open_lines.outbound_id

),

orders as (

    select
        order_id,
        bool_or(coalesce(is_cod, false)) as is_cod,
        max(payable_amount - coalesce(paid_amount, 0)) as unpaid_amount,
        min(dest_province) as dest_province,
        min(dest_city) as dest_city,
        min(dest_district) as dest_district,
        min(promised_ship_by) as promised_ship_by,
        min(promised_deliver_by) as promised_deliver_by
    from {{ ref('stg_order__sales_order') }}
    where order_id in (select lines.order_id from lines)
    group by order_id

),

shipped as (

    select distinct outbound_id
    from {{ ref('stg_logistics__shipment') }}
    where outbound_id in (
        select outbound_orders.outbound_id from outbound_orders
    )

),

warehouses as (

    select
        warehouse_id,
        min(region) as region_id
    from {{ ref('stg_warehouse__warehouse') }}
    group by warehouse_id

),

final as (

    select
        ---------- ids
        outbound_orders.outbound_id,
        outbound_orders.warehouse_id,
        lines.order_id,
        outbound_orders.wave_id,
        outbound_orders.carrier_id,
        outbound_orders.service_code,
        outbound_orders.designated_carrier_id,
        warehouses.region_id as origin_region,
        coalesce(outbound_orders.dest_province, orders.dest_province)
            as dest_province,
        coalesce(outbound_orders.dest_city, orders.dest_city) as dest_city,
        coalesce(outbound_orders.dest_district, orders.dest_district)
            as dest_district,

        ---------- text
        outbound_orders.order_type,
        outbound_orders.status,
        outbound_orders.block_reason,

        ---------- numbers
        cast(coalesce(outbound_orders.priority, 0) as bigint) as priority,
        cast(coalesce(lines.line_count, 0) as bigint) as line_count,
        {{ qty("coalesce(lines.unit_count, 0)") }} as unit_count,
        cast(
            round(
                coalesce(
                    outbound_orders.actual_weight_g,
                    outbound_orders.est_weight_g,
                    lines.weight_g,
                    {{ var('default_unit_weight_g') }}
                )
            ) as bigint
        ) as weight_g,
        cast(round(lines.volume_cm3) as bigint) as volume_cm3,
        lines.longest_side_mm,
        cast(coalesce(outbound_orders.package_count, 1) as bigint)
            as package_count,

        ---------- money
        {{ money("coalesce(lines.goods_value, 0)") }} as declared_value,
        {{ money(
            "case when orders.is_cod "
            "then greatest(coalesce(orders.unpaid_amount, 0), 0) else 0 end"
        ) }} as cod_amount,

        ---------- booleans
        outbound_orders.status = 'released' as is_waveable,
        outbound_orders.status != 'blocked' and shipped.outbound_id is null
            as needs_carrier,
        coalesce(orders.is_cod, false) as is_cod,
        coalesce(lines.is_hazmat, false) as is_hazmat,
        coalesce(lines.no_air, false) as no_air,
        coalesce(lines.needs_cold, false) as needs_cold,

        ---------- timestamps
        outbound_orders.released_at,
        outbound_orders.cutoff_at,
        coalesce(outbound_orders.promised_ship_by, orders.promised_ship_by)
            as promised_ship_by,
        orders.promised_deliver_by,

        ---------- what the figures rest on
        list_sort(list_distinct([
            case
                when
                    outbound_orders.actual_weight_g is null
                    and outbound_orders.est_weight_g is null
                    and coalesce(lines.has_unknown_weight, true)
                    then 'weight_g'
            end,
            case when lines.volume_cm3 is null then 'volume_cm3' end,
            case when outbound_orders.cutoff_at is null then 'cutoff_at' end,
            case
                when
                    outbound_orders.dest_province is null
                    and orders.dest_province is null
                    then 'dest_province'
            end
        ])) as defaults

    from outbound_orders
    left join lines on outbound_orders.outbound_id = lines.outbound_id
    left join orders on lines.order_id = orders.order_id
    left join shipped on outbound_orders.outbound_id = shipped.outbound_id
    left join warehouses
        on outbound_orders.warehouse_id = warehouses.warehouse_id

)

select * from final
