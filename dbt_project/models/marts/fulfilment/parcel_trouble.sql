with

shipments as (

    select * from {{ ref('stg_logistics__shipment') }}
    where direction = 'outbound'

),

tracking as (

    select
        carrier_id,
        waybill_no,
        max(event_at) as last_event_at,
        arg_max(event_code, (event_at, event_seq)) as last_event_code
    from {{ ref('stg_logistics__tracking_event') }}
    group by carrier_id, waybill_no

),

credits as (

    select
        carrier_id,
        waybill_no,
        -sum(amount) as credited_amount
    from {{ ref('stg_logistics__freight_bill_line') }}
    where charge_type = 'claim_credit' and waybill_no is not null
    group by carrier_id, waybill_no

),

services as (

    select
        carrier_id,
        service_code,
        min(max_declared_value) as max_declared_value
    from {{ ref('stg_logistics__carrier_service') }}
    group by carrier_id, service_code

),

troubled as (

    select
        *,
        case
            when final_status in ('lost', 'damaged') then final_status
            else 'late'
        end as trouble
    from shipments
    where
        final_status in ('lost', 'damaged')
        -- live: those that came late are history
        or (
            coalesce(final_status, 'in_transit') = 'in_transit'
            and delivered_at is null
            and returned_at is null
            and promised_at < {{ as_of() }}
        )

),

final as (

    select
        ---------- ids
        troubled.carrier_id,
        troubled.waybill_no,
        troubled.service_code,
        troubled.outbound_id,
        troubled.warehouse_id,
        troubled.dest_province,

        ---------- text
        troubled.trouble,
        tracking.last_event_code,

        ---------- numbers
        round(
            date_diff('second', troubled.promised_at, {{ as_of() }}) / 3600.0, 2
        ) as late_hours,
        round(
            date_diff('second', tracking.last_event_at, {{ as_of() }})
            / 3600.0,
            2
        ) as silent_hours,

        ---------- money
        troubled.declared_value,
        case
            when troubled.trouble = 'late' then 0
            else least(
                coalesce(troubled.declared_value, 0),
                coalesce(services.max_declared_value, troubled.declared_value)
            )
        end as claim_amount,
        {{ money("coalesce(credits.credited_amount, 0)") }} as credited_amount,

        ---------- timestamps
        troubled.handed_over_at,
        troubled.promised_at,
        tracking.last_event_at

    from troubled
    left join tracking
        on
            troubled.carrier_id = tracking.carrier_id
            and troubled.waybill_no = tracking.waybill_no
    left join credits
        on
            troubled.carrier_id = credits.carrier_id
            and troubled.waybill_no = credits.waybill_no
    left join services
        on
            troubled.carrier_id = services.carrier_id
            and troubled.service_code = services.service_code

),

claimed as (

    select
        *,
        greatest(claim_amount - credited_amount, 0) as open_claim_amount
    from final

)

select * from claimed
