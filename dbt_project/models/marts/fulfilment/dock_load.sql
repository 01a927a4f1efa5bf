{{ config(tags=['after_plan']) }}

with

purchase_lines as (

    select * from {{ ref('int_purchase_line') }}
    where open_qty > 0 and po_type in ('replenish', 'initial', 'promo')

),

notices as (

    select * from {{ ref('stg_procurement__asn_line') }}

),

skus as (

    select
        sku_id,
        weight_g,
        cast(length_mm as double) * width_mm * height_mm / 1000 as volume_cm3
    from {{ ref('int_sku') }}

),

capacities as (

    select
        warehouse_id,
        shift_date,
        sum(coalesce(workers, 1) * units_per_hour * minutes / 60.0) as units
    from {{ ref('stg_warehouse__shift_capacity') }}
    where stage = 'receive'
    group by warehouse_id, shift_date

),

-- not ordered yet: suggested today, or approved and in no export
suggested as (

    select
        location_id,
        requested_date as due_date,
        suggested_qty as qty
    from {{ source('plan', 'replenishment_suggestion') }}
    union all
    select
        flying.location_id,
        cast(
            flying.approved_date
            + cast(ceil(coalesce(inputs.lead_time_days, 0)) as integer) as date
        ) as due_date,
        flying.in_flight_qty as qty
    from {{ source('feedback', 'in_flight') }} as flying
    left join {{ ref('replenishment_input') }} as inputs
        on
            flying.sku_id = inputs.sku_id
            and flying.location_id = inputs.location_id
    where flying.action = 'buy'

),

to_come as (

    select
        location_id as warehouse_id,
        greatest(due_date, {{ business_date(as_of()) }}) as due_date,
        count(*) as suggested_lines,
        {{ qty("sum(qty)") }} as suggested_qty
    from suggested
    where qty > 0
    group by all

),

-- a notice books the dock; its goods have come when the line's receipts say so
booked as (

    select
        po_line_id,
        min(
            case
                when coalesce(appointment_at, eta) > {{ as_of() }}
                    then coalesce(appointment_at, eta)
            end
        ) as due_at,
        bool_or(appointment_at > {{ as_of() }}) as has_appointment
    from notices
    group by po_line_id

),

due as (

    select
        purchase_lines.location_id,
        purchase_lines.supplier_id,
        purchase_lines.po_id,
        purchase_lines.po_line_id,
        purchase_lines.open_qty,
        coalesce(booked.has_appointment, false) as has_appointment,
        -- what should be here already may come any moment
        greatest(
            coalesce(
                {{ business_date("booked.due_at") }},
                purchase_lines.expected_date
            ),
            {{ business_date(as_of()) }}
        ) as due_date,
        coalesce(
            booked.due_at is null
            and purchase_lines.expected_date < {{ business_date(as_of()) }},
            false
        ) as is_overdue,
        purchase_lines.open_qty * skus.weight_g / 1000.0 as weight_kg,
        purchase_lines.open_qty * skus.volume_cm3 / 1000000.0 as volume_m3
    from purchase_lines
    left join booked on purchase_lines.po_line_id = booked.po_line_id
    left join skus on purchase_lines.sku_id = skus.sku_id
    where purchase_lines.location_id is not null

),

summed as (

    select
        location_id as warehouse_id,
        due_date,
        count(distinct supplier_id) as suppliers,
        count(distinct po_id) as purchase_orders,
        count(*) as line_count,
        count(*) filter (where has_appointment) as booked_lines,
        count(*) filter (where is_overdue) as overdue_lines,
        {{ qty("sum(open_qty)") }} as expected_qty,
        {{ exact_sum("weight_kg") }} as weight_kg,
        {{ exact_sum("volume_m3") }} as volume_m3
    from due
    where due_date is not null
    group by location_id, due_date

),

days as (

    select
        warehouse_id,
        due_date
    from summed
    union distinct
    select
        warehouse_id,
        due_date
    from to_come

),

final as (

    select
        ---------- ids
        days.warehouse_id,
        days.due_date,

        ---------- numbers
        coalesce(summed.suppliers, 0) as suppliers,
        coalesce(summed.purchase_orders, 0) as purchase_orders,
        coalesce(summed.line_count, 0) as line_count,
        coalesce(summed.booked_lines, 0) as booked_lines,
        coalesce(summed.overdue_lines, 0) as overdue_lines,
        coalesce(to_come.suggested_lines, 0) as suggested_lines,
        round(cast(summed.weight_kg as double), 3) as weight_kg,
        round(cast(summed.volume_m3 as double), 6) as volume_m3,

        ---------- quantities
        coalesce(summed.expected_qty, 0) as expected_qty,
        coalesce(to_come.suggested_qty, 0) as suggested_qty,
        {{ qty("capacities.units") }} as capacity_qty,

        ---------- booleans
        coalesce(summed.expected_qty, 0) > capacities.units
            as is_over_capacity,
        coalesce(summed.expected_qty, 0) + coalesce(to_come.suggested_qty, 0)
        > capacities.units as is_over_capacity_after

    from days
    left join summed
        on
            days.warehouse_id = summed.warehouse_id
            and days.due_date = summed.due_date
    left join to_come
        on
            days.warehouse_id = to_come.warehouse_id
            and days.due_date = to_come.due_date
    left join capacities
        on
            days.warehouse_id = capacities.warehouse_id
            and days.due_date = capacities.shift_date

)

select * from final
