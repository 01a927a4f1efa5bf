with

open_lines as (

    select * from {{ ref('int_purchase_line') }}
    where open_qty > 0 and po_type != 'return'

),

told as (

    {{ told_days('open_lines') }}

),

promises as (

    select
        source_system,
        po_line_id,
        arg_min(told_date, (updated_at, told_date)) as first_told_date,
        count(*) filter (where told_date != told_before) as promise_changes,
        max(updated_at) filter (where told_date != told_before)
            as last_changed_at,
        list(told_date order by updated_at, told_date) filter (
            where told_before is null or told_date != told_before
        ) as told_dates
    from told
    group by source_system, po_line_id

),

joined as (

    select
        open_lines.*,
        {{ business_date(as_of()) }} as today,
        scorecard.lead_time_mean_days,
        scorecard.lead_time_p95_days,
        coalesce(promises.promise_changes, 0) as promise_changes,
        promises.last_changed_at,
        coalesce(promises.told_dates, []) as told_dates,
        -- one export may hold the last word alone: the promise was before it
        least(promises.first_told_date, open_lines.promised_date)
            as first_told_date
    from open_lines
    left join promises
        on
            open_lines.source_system = promises.source_system
            and open_lines.po_line_id = promises.po_line_id
    left join {{ ref('supplier_scorecard') }} as scorecard
        on open_lines.supplier_id = scorecard.supplier_id

),

dated as (

    select
        *,
        greatest(coalesce(date_diff('day', expected_date, today), 0), 0)
            as days_late,
        case
            when not is_acknowledged
                then date_diff('day', ordered_date, today)
        end as days_unacknowledged,
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
        case
            when po_status in ('draft', 'submitted') then 'not_sent'
            when days_late > 0 then 'late'
            when not is_acknowledged and days_unacknowledged > 2
                then 'unacknowledged'
            when expected_date > first_told_date then 'postponed'
            when in_transit_qty >= open_qty then 'shipped'
            else 'on_schedule'
        end as tracking_status,
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
