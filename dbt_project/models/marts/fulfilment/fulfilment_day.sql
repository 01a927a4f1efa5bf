{{ config(
    unit=['fulfilment_date'],
    changed_by='changed_fulfilment_days'
) }}
{%- set changed = changed_fulfilment_days() %}

with

outbound_orders as (

    select
        *,
        {{ business_date("released_at") }} as released_date
    from {{ ref('stg_warehouse__outbound_order') }}
    where
        released_at is not null
        and status != 'cancelled'
        and {{ is_of_changed_day("released_at", changed) }}

),

order_lines as (

    select
        order_line_id,
        order_id
    from {{ ref('stg_order__sales_order_line') }}

),

sent_lines as not materialized (

    select * from {{ ref('stg_warehouse__outbound_line') }}

),

{% if changed %}
    same_orders as (

        select distinct order_lines.order_id
        from sent_lines
        inner join order_lines
            on sent_lines.order_line_id = order_lines.order_line_id
        semi join outbound_orders
            on sent_lines.outbound_id = outbound_orders.outbound_id

    ),

    -- what leaves for the same sales orders on another day splits them
    outbounds as (

        select sent_lines.outbound_id
        from sent_lines
        inner join order_lines
            on sent_lines.order_line_id = order_lines.order_line_id
        semi join same_orders
            on order_lines.order_id = same_orders.order_id
        union
        select outbound_id
        from outbound_orders

    ),

    outbound_lines as (

        select sent_lines.*
        from sent_lines
        semi join outbounds
            on sent_lines.outbound_id = outbounds.outbound_id

    ),

{% else %}
    outbound_lines as (

        select * from sent_lines

    ),

{% endif %}

region_locations as (

    select * from {{ ref('int_region_location') }}

),

pick_tasks as (

    select
        *,
        {{ business_date("picked_at") }} as picked_date
    from {{ ref('stg_warehouse__pick_task') }}
    where {{ is_of_changed_day("picked_at", changed) }}

),

contents as (

    select
        outbound_lines.outbound_id,
        min(order_lines.order_id) as order_id,
        count(*) as line_count,
        sum(outbound_lines.planned_qty) as unit_count
    from outbound_lines
    left join order_lines
        on outbound_lines.order_line_id = order_lines.order_line_id
    group by outbound_lines.outbound_id

),

-- a sales order that leaves in more than one fulfilment order is split
splits as (

    select
        order_id,
        count(*) as parts
    from contents
    where order_id is not null
    group by order_id

),

timed as (

    select
        outbound_orders.warehouse_id,
        outbound_orders.released_date,
        contents.line_count,
        contents.unit_count,
        coalesce(splits.parts > 1, false) as is_split,
        coalesce(
            region_locations.location_id != outbound_orders.warehouse_id, false
        ) as is_cross,
        outbound_orders.handed_over_at is not null as is_handed_over,
        outbound_orders.cutoff_at < {{ as_of() }} as is_due,
        coalesce(
            outbound_orders.handed_over_at <= outbound_orders.cutoff_at, false
        ) as made_cutoff,
        {{ elapsed(
            "second", "outbound_orders.released_at", "outbound_orders.waved_at"
        ) }} as wave_seconds,
        {{ elapsed(
            "second", "outbound_orders.waved_at", "outbound_orders.picked_at"
        ) }} as pick_seconds,
        {{ elapsed(
            "second", "outbound_orders.picked_at", "outbound_orders.packed_at"
        ) }} as pack_seconds,
        {{ elapsed(
            "second",
            "outbound_orders.released_at",
            "outbound_orders.handed_over_at"
        ) }} as cycle_seconds
    from outbound_orders
    left join contents
        on outbound_orders.outbound_id = contents.outbound_id
    left join splits on contents.order_id = splits.order_id
    left join region_locations
        on outbound_orders.dest_province = region_locations.region_id

),

orders_of_day as (

    select
        warehouse_id,
        released_date as fulfilment_date,
        count(*) as orders_released,
        count(*) filter (where is_handed_over) as orders_handed_over,
        count(*) filter (where is_due) as orders_due,
        count(*) filter (where is_due and made_cutoff) as orders_made_cutoff,
        count(*) filter (where is_split) as orders_split,
        count(*) filter (where is_cross) as orders_cross,
        sum(line_count) as lines,
        sum(unit_count) as units,
        avg(wave_seconds) / 3600 as release_to_wave_hours,
        avg(pick_seconds) / 3600 as wave_to_pick_hours,
        avg(pack_seconds) / 3600 as pick_to_pack_hours,
        avg(cycle_seconds) / 3600 as cycle_hours,
        quantile_cont(cycle_seconds, 0.9) / 3600 as cycle_p90_hours
    from timed
    group by warehouse_id, released_date

),

shifts as (

    select
        warehouse_id,
        picked_date,
        picker_id,
        count(*) as picks,
        sum(qty) as picked_qty,
        count(*) filter (where error_flag) as errors,
        count(*) filter (where short_reason is not null) as shorts,
        date_diff('second', min(started_at), max(picked_at)) as seconds
    from pick_tasks
    group by warehouse_id, picked_date, picker_id

),

picks_of_day as (

    select
        warehouse_id,
        picked_date as fulfilment_date,
        sum(picks) as picks,
        sum(picked_qty) as picked_qty,
        sum(errors) as pick_errors,
        sum(shorts) as short_picks,
        count(picker_id) as pickers,
        sum(seconds) / 3600.0 as picker_hours
    from shifts
    group by warehouse_id, picked_date

),

final as (

    select
        ---------- ids
        coalesce(orders_of_day.warehouse_id, picks_of_day.warehouse_id)
            as warehouse_id,
        coalesce(orders_of_day.fulfilment_date, picks_of_day.fulfilment_date)
            as fulfilment_date,

        ---------- numbers
        coalesce(orders_of_day.orders_released, 0) as orders_released,
        coalesce(orders_of_day.orders_handed_over, 0) as orders_handed_over,
        coalesce(orders_of_day.orders_due, 0) as orders_due,
        coalesce(orders_of_day.orders_made_cutoff, 0) as orders_made_cutoff,
        coalesce(orders_of_day.orders_split, 0) as orders_split,
        coalesce(orders_of_day.orders_cross, 0) as orders_cross,
        cast(coalesce(orders_of_day.lines, 0) as bigint) as line_count,
        cast(coalesce(picks_of_day.picks, 0) as bigint) as picks,
        cast(coalesce(picks_of_day.pick_errors, 0) as bigint) as pick_errors,
        cast(coalesce(picks_of_day.short_picks, 0) as bigint) as short_picks,
        coalesce(picks_of_day.pickers, 0) as pickers,
        round(picks_of_day.picker_hours, 4) as picker_hours,
        round(
            cast(picks_of_day.picked_qty as double)
            / nullif(picks_of_day.picker_hours, 0),
            2
        ) as units_per_picker_hour,
        round(orders_of_day.release_to_wave_hours, 4) as release_to_wave_hours,
        round(orders_of_day.wave_to_pick_hours, 4) as wave_to_pick_hours,
        round(orders_of_day.pick_to_pack_hours, 4) as pick_to_pack_hours,
        round(orders_of_day.cycle_hours, 4) as cycle_hours,
        round(orders_of_day.cycle_p90_hours, 4) as cycle_p90_hours,

        ---------- quantities
        {{ qty("coalesce(orders_of_day.units, 0)") }} as planned_qty,
        {{ qty("coalesce(picks_of_day.picked_qty, 0)") }} as picked_qty

    from orders_of_day
    full join picks_of_day
        on
            orders_of_day.warehouse_id = picks_of_day.warehouse_id
            and orders_of_day.fulfilment_date = picks_of_day.fulfilment_date

)

select * from final
