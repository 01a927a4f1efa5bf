{{ config(tags=['after_plan']) }}

with

waves as (

    select * from {{ source('plan', 'wave') }}

),

wave_orders as (

    select * from {{ source('plan', 'wave_order') }}

),

outbound_orders as (

    select * from {{ ref('open_outbound') }}

),

final as (

    select
        ---------- ids
        wave_orders.wave_id,
        wave_orders.outbound_id,
        waves.warehouse_id,
        outbound_orders.order_id,

        ---------- text
        outbound_orders.status,
        wave_orders.flag,
        wave_orders.basket,
        waves.reason,

        ---------- the order
        wave_orders.sequence,
        wave_orders.cart_no,
        wave_orders.cart_count,
        wave_orders.slot,
        outbound_orders.priority,
        outbound_orders.line_count,
        outbound_orders.unit_count,

        ---------- the wave, the same on each of its orders
        waves.order_count as wave_order_count,
        waves.line_count as wave_line_count,
        waves.unit_count as wave_unit_count,
        waves.distance_m as wave_distance_m,
        waves.baseline_distance_m as wave_baseline_distance_m,

        ---------- booleans
        wave_orders.is_late,

        ---------- timestamps
        waves.planned_start_at as wave_planned_start_at,
        waves.cutoff_at as wave_cutoff_at,
        wave_orders.ready_at,
        outbound_orders.cutoff_at,
        outbound_orders.released_at

    from wave_orders
    inner join waves on wave_orders.wave_id = waves.wave_id
    left join outbound_orders
        on wave_orders.outbound_id = outbound_orders.outbound_id

)

select * from final
