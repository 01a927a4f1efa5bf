{{ config(
    materialized='table',
    unit=['carrier_id', 'waybill_no'],
    changed_by='changed_parcels'
) }}
{%- set changed = changed_parcels() %}
{%- set is_looked_at = is_of_changed_units(changed) %}
-- Our parcels with a lane and a promise, what became of each and on which day.
with

sent as (

    select * from {{ ref('stg_logistics__shipment') }}
    where
        direction = 'outbound'
        and handed_over_at is not null
        and promised_at is not null
        and service_code is not null
        and dest_province is not null
        and {{ business_date("handed_over_at") }}
        >= {{ business_date(as_of()) }} - {{ var("parcel_days") }}
        and {{ is_looked_at }}

),

-- few are told by two systems: to look for those takes less than to put all
-- of them in order
told_twice as (

    select
        carrier_id,
        waybill_no,
        min(source_system) as source_system
    from sent
    group by carrier_id, waybill_no
    having count(*) > 1

),

shipments as (

    select sent.*
    from sent
    left join told_twice
        on
            sent.carrier_id = told_twice.carrier_id
            and sent.waybill_no = told_twice.waybill_no
    where
        told_twice.source_system is null
        or sent.source_system = told_twice.source_system

),

scans as (

    select
        carrier_id,
        waybill_no,
        min(event_at) filter (where event_code = 'signed') as signed_at,
        -- whoever refuses has had the carrier at the door
        min(event_at) filter (
            where
            event_code = 'out_for_delivery' or exception_code = 'refused'
        ) as offered_at,
        min(event_at) filter (
            where exception_code in ('lost', 'damaged')
        ) as failed_at
    from {{ ref('stg_logistics__tracking_event') }}
    where
        (
            event_code in ('signed', 'out_for_delivery')
            or exception_code in ('refused', 'lost', 'damaged')
        )
        and {{ is_looked_at }}
    group by carrier_id, waybill_no

),

warehouses as (

    select
        warehouse_id,
        min(region) as region_id,
        min(receive_calendar_id) as calendar_id
    from {{ ref('stg_warehouse__warehouse') }}
    group by warehouse_id

),

final as (

    select
        ---------- ids
        shipments.carrier_id,
        shipments.waybill_no,
        shipments.outbound_id,
        shipments.service_code,
        shipments.warehouse_id,
        warehouses.region_id as origin_region,
        shipments.dest_province as dest_region,
        warehouses.calendar_id,

        ---------- text
        shipments.final_status,
        case
            when shipments.final_status in ('lost', 'damaged') then 'failed'
            when
                coalesce(shipments.delivered_at, scans.signed_at) is not null
                or shipments.final_status in ('rejected', 'returned')
                then 'arrived'
            else 'on_the_way'
        end as outcome,

        ---------- numbers
        shipments.actual_weight_g,

        ---------- money
        shipments.est_freight,

        ---------- dates
        {{ business_date("shipments.handed_over_at") }} as handed_over_date,
        {{ business_date("shipments.promised_at") }} as promised_date,
        {{ business_date("""case
            when shipments.final_status in ('lost', 'damaged')
                then coalesce(scans.failed_at, shipments.returned_at)
            else coalesce(
                shipments.delivered_at,
                scans.signed_at,
                case
                    when shipments.final_status in ('rejected', 'returned')
                        then coalesce(scans.offered_at, shipments.returned_at)
                end
            )
        end""") }} as ended_date

    from shipments
    inner join warehouses
        on shipments.warehouse_id = warehouses.warehouse_id
    left join scans
        on
            shipments.carrier_id = scans.carrier_id
            and shipments.waybill_no = scans.waybill_no
    where warehouses.region_id is not null

)

select * from final
