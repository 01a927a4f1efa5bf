with

open_lines as (

    select * from {{ ref('int_open_purchase') }}

),

joined as (

    select
        open_lines.*,
        {{ business_date(as_of()) }} as today,
        scorecard.lead_time_mean_days,
        scorecard.lead_time_p95_days
    from open_lines
    left join {{ ref('supplier_scorecard') }} as scorecard
        on open_lines.supplier_id = scorecard.supplier_id

),

dated as (

    select
        *,
        case
            when expected_date >= today then 'told'
            when expected_date is not null then 'overdue'
            when lead_time_mean_days is not null then 'measured lead time'
            else 'default lead time'
        end as arrival_source,
        greatest(
            coalesce(
                expected_date,
                ordered_date + cast(ceil(coalesce(
                    lead_time_mean_days, {{ var("default_lead_time_days") }}
                )) as integer)
            ),
            today
        ) as expected_arrival_date
    from joined

),

final as (

    select
        ---------- ids
        po_line_id,
        po_id,
        supplier_id,
        sku_id,
        location_id,
        suggestion_id,
        currency,

        ---------- text
        po_type,
        po_status,
        tracking_status,
        arrival_source,

        ---------- quantities
        ordered_qty,
        unconfirmed_qty,
        received_qty,
        open_qty,
        in_transit_qty,

        ---------- money
        {{ money("open_qty * net_unit_price") }} as open_amount,

        ---------- booleans
        is_acknowledged,
        is_own_supply,

        ---------- dates
        ordered_date,
        requested_date,
        first_told_date,
        promised_date,
        expected_date,
        expected_arrival_date,
        -- nineteen of twenty orders are here by then
        greatest(
            expected_arrival_date,
            ordered_date + cast(ceil(lead_time_p95_days) as integer)
        ) as latest_arrival_date,

        ---------- how the promise moved
        promise_changes,
        date_diff('day', first_told_date, expected_date) as promise_drift_days,
        told_dates,
        last_changed_at,

        ---------- days
        days_late,
        days_unacknowledged

    from dated

)

select * from final
