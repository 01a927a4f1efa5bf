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

final as (

    select
        ---------- ids
        summed.warehouse_id,
        summed.due_date,

        ---------- numbers
        summed.suppliers,
        summed.purchase_orders,
        summed.line_count,
        summed.booked_lines,
        summed.overdue_lines,
        round(cast(summed.weight_kg as double), 3) as weight_kg,
        round(cast(summed.volume_m3 as double), 6) as volume_m3,

        ---------- quantities
        summed.expected_qty,
        {{ qty("capacities.units") }} as capacity_qty,

        ---------- booleans
        summed.expected_qty > capacities.units as is_over_capacity

    from summed
    left join capacities
        on
            summed.warehouse_id = capacities.warehouse_id
            and summed.due_date = capacities.shift_date

)

select * from final
