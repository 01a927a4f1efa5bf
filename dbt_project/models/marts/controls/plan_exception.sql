{{ config(tags=['after_plan']) }}

with

stock as (

    select
        'stock_' || status as exception_type,
        sku_id || ' @ ' || location_id as subject,
        sku_id,
        location_id,
        supplier_id,
        money_at_stake,
        case
            when status in ('stock_out', 'at_risk')
                then
                    'covers ' || round(coalesce(cover_days, 0), 1)
                    || ' days, on order ' || cast(on_order_qty as bigint)
            when status = 'excess'
                then 'covers ' || round(cover_days, 0) || ' days'
            when status = 'expiring'
                then
                    cast(expiring_qty as bigint) || ' units expire from '
                    || next_expiry_date
            when status = 'broken_size_run'
                then 'sizes missing: ' || missing_sizes
            else 'no sale for ' || days_without_sale || ' days'
        end as detail,
        proposed_action
    from {{ ref('inventory_health') }}
    where status != 'healthy'

),

open_lines as (

    select
        *,
        date_diff('day', expected_date, {{ business_date(as_of()) }})
            as days_late,
        date_diff('day', ordered_date, {{ business_date(as_of()) }})
            as days_open
    from {{ ref('int_purchase_line') }}
    where is_own_supply and open_qty > 0

),

-- at stake is the margin of what would sell in the days that are lost
purchase_lines as (

    select
        if(
            open_lines.days_late > 0,
            'purchase_late',
            'purchase_unacknowledged'
        ) as exception_type,
        open_lines.po_line_id as subject,
        open_lines.sku_id,
        open_lines.location_id,
        open_lines.supplier_id,
        least(
            open_lines.open_qty,
            coalesce(health.daily_demand_qty, 0)
            * if(
                open_lines.days_late > 0,
                open_lines.days_late,
                open_lines.days_open
            )
        ) * coalesce(inputs.unit_margin, 0) as money_at_stake,
        cast(open_lines.open_qty as bigint) || ' units expected '
        || coalesce(
            cast(open_lines.expected_date as varchar), 'on no date given'
        ) as detail,
        if(
            open_lines.days_late > 0,
            'chase the supplier',
            'ask the supplier to confirm'
        ) as proposed_action
    from open_lines
    left join {{ ref('inventory_health') }} as health
        on
            open_lines.sku_id = health.sku_id
            and open_lines.location_id = health.location_id
    left join {{ ref('replenishment_input') }} as inputs
        on
            open_lines.sku_id = inputs.sku_id
            and open_lines.location_id = inputs.location_id
    where
        open_lines.days_late > 0
        or (not open_lines.is_acknowledged and open_lines.days_open >= 2)

),

deliveries as (

    select
        case
            when status = 'delivered' then 'delivery_quarantined'
            else 'delivery_' || status
        end as exception_type,
        contract as subject,
        null as sku_id,
        null as location_id,
        null as supplier_id,
        null as money_at_stake,
        case
            when status = 'delivered'
                then rows_quarantined || ' rows in quarantine'
            else stands_in
        end as detail,
        case
            when status = 'delivered' then 'mend the rows and deliver again'
            else 'deliver the table'
        end as proposed_action
    from {{ ref('delivery_status') }}
    where
        (status != 'delivered' and tier = 1 and system not in (
            'reference', 'policy'
        ))
        or rows_quarantined > 0

),

left_out_orders as (

    select
        'order_left_out_of_waves' as exception_type,
        outbound_id as subject,
        null as sku_id,
        warehouse_id as location_id,
        null as supplier_id,
        null as money_at_stake,
        concat_ws(': ', reason, detail) as detail,
        case
            when reason = 'no_lines' then 'complete or cancel the order'
            else 'count the bins or refill them'
        end as proposed_action
    from {{ source('plan', 'wave_unplanned') }}

),

-- planning names every service that refused; a person decides by parcel
parcels as (

    select
        'parcel_without_carrier' as exception_type,
        refusals.outbound_id as subject,
        null as sku_id,
        any_value(inputs.warehouse_id) as location_id,
        null as supplier_id,
        null as money_at_stake,
        array_to_string(
            list_sort(
                list_distinct(
                    list(
                        concat_ws(
                            ': ',
                            refusals.carrier_id || ' ' || refusals.service_code,
                            refusals.reason
                        )
                    )
                )
            ),
            '; '
        ) as detail,
        'choose a carrier by hand' as proposed_action
    from {{ source('plan', 'carrier_unassigned') }} as refusals
    left join {{ source('plan', 'carrier_choice') }} as choices
        on refusals.outbound_id = choices.outbound_id
    left join {{ ref('parcel_input') }} as inputs
        on refusals.outbound_id = inputs.outbound_id
    where choices.outbound_id is null
    group by refusals.outbound_id

),

together as (

    select * from stock
    union all
    select * from purchase_lines
    union all
    select * from deliveries
    union all
    select * from left_out_orders
    union all
    select * from parcels

),

final as (

    select
        ---------- ids
        exception_type || ':' || subject as exception_id,
        sku_id,
        location_id,
        supplier_id,

        ---------- text
        exception_type,
        subject,
        detail,
        proposed_action,

        ---------- money
        {{ money("money_at_stake") }} as money_at_stake

    from together

)

select * from final
