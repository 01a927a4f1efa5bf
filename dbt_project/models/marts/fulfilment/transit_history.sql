with

shipments as (

    select * from {{ ref('stg_logistics__shipment') }}
    where
        direction = 'outbound'
        and handed_over_at is not null
        and promised_at is not null
        and service_code is not null

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

shutdowns as (

    select distinct
        calendar_id,
        calendar_date
    from {{ ref('stg_reference__calendar') }}
    where is_shutdown

),

parcels as (

    select
        shipments.carrier_id,
        shipments.service_code,
        warehouses.region_id as origin_region,
        warehouses.calendar_id,
        shipments.dest_province as dest_region,
        {{ business_date("shipments.handed_over_at") }} as handed_over_date,
        {{ business_date("shipments.promised_at") }} as promised_date,
        case
            when shipments.final_status in ('lost', 'damaged') then 'failed'
            when
                coalesce(shipments.delivered_at, scans.signed_at) is not null
                or shipments.final_status in ('rejected', 'returned')
                then 'arrived'
            else 'on_the_way'
        end as outcome,
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
    where
        warehouses.region_id is not null
        and shipments.dest_province is not null

),

-- today is not over: what it will bring is not known yet
told as (

    select
        * exclude (outcome, ended_date),
        case
            when ended_date < {{ business_date(as_of()) }} then outcome
            else 'on_the_way'
        end as outcome,
        case
            when ended_date < {{ business_date(as_of()) }} then ended_date
            else {{ business_date(as_of()) }} - 1
        end as last_date
    from parcels
    -- of a parcel that ended on no known day nothing can be learned
    where outcome = 'on_the_way' or ended_date is not null

),

counted as (

    select
        carrier_id,
        service_code,
        origin_region,
        dest_region,
        calendar_id,
        outcome,
        handed_over_date,
        promised_date,
        last_date,
        count(*) as parcels
    from told
    where
        last_date >= handed_over_date
        and promised_date >= handed_over_date
        and last_date
        <= handed_over_date + {{ var("transit_longest_days") }}
    group by all

),

-- days on which nothing moves do not count
rested as (

    select
        counted.*,
        (
            select count(*) from shutdowns
            where
                shutdowns.calendar_id = counted.calendar_id
                and shutdowns.calendar_date > counted.handed_over_date
                and shutdowns.calendar_date <= counted.promised_date
        ) as promise_rest,
        (
            select count(*) from shutdowns
            where
                shutdowns.calendar_id = counted.calendar_id
                and shutdowns.calendar_date > counted.handed_over_date
                and shutdowns.calendar_date <= counted.last_date
        ) as rest
    from counted

),

final as (

    select
        ---------- ids
        carrier_id,
        service_code,
        origin_region,
        dest_region,

        ---------- text
        outcome,

        ---------- dates
        handed_over_date,

        ---------- numbers
        promised_date - handed_over_date - promise_rest as promise_days,
        last_date - handed_over_date - rest as moving_days,
        cast(sum(parcels) as bigint) as parcels

    from rested
    group by all

)

select * from final
