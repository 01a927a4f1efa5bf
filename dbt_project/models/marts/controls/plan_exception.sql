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

deliveries as (

    select
        case
            when status != 'delivered' then 'delivery_' || status
            when len(blocks) > 0 then 'delivery_late'
            else 'delivery_quarantined'
        end as exception_type,
        contract as subject,
        null as sku_id,
        null as location_id,
        null as supplier_id,
        null as money_at_stake,
        case
            when status != 'delivered' then stands_in
            when len(blocks) > 0
                then
                    round(age_hours, 0) || ' hours old, do not '
                    || array_to_string(blocks, ', ')
            else rows_quarantined || ' rows in quarantine'
        end as detail,
        case
            when status != 'delivered' or len(blocks) > 0
                then 'deliver the table'
            else 'mend the rows and deliver again'
        end as proposed_action
    from {{ ref('delivery_status') }}
    where
        (status != 'delivered' and tier = 1 and system not in (
            'reference', 'policy'
        ))
        or (status = 'delivered' and len(blocks) > 0)
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
    select * from deliveries
    union all
    select * from left_out_orders
    union all
    select * from parcels

),

final as (

    select
        {{ exception_columns() }}
    from together

)

select * from final
