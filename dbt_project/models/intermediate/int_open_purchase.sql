{{ config(materialized='table') }}

-- Open purchase lines with how their promise moved, and the first thing that
-- matters about each.
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

dated as (

    select
        open_lines.*,
        coalesce(promises.promise_changes, 0) as promise_changes,
        promises.last_changed_at,
        coalesce(promises.told_dates, []) as told_dates,
        -- one export may hold the last word alone: the promise was before it
        least(promises.first_told_date, open_lines.promised_date)
            as first_told_date,
        greatest(
            coalesce(
                date_diff(
                    'day',
                    open_lines.expected_date,
                    {{ business_date(as_of()) }}
                ),
                0
            ),
            0
        ) as days_late,
        case
            when not open_lines.is_acknowledged
                then
                    date_diff(
                        'day',
                        open_lines.ordered_date,
                        {{ business_date(as_of()) }}
                    )
        end as days_unacknowledged
    from open_lines
    left join promises
        on
            open_lines.source_system = promises.source_system
            and open_lines.po_line_id = promises.po_line_id

),

final as (

    select
        *,
        case
            when po_status in ('draft', 'submitted') then 'not_sent'
            when days_late > 0 then 'late'
            when not is_acknowledged and days_unacknowledged > 2
                then 'unacknowledged'
            when expected_date > first_told_date then 'postponed'
            when in_transit_qty >= open_qty then 'shipped'
            else 'on_schedule'
        end as tracking_status
    from dated

)

select * from final
