{{ config(tags=['planning']) }}

with

-- goods of which more came back through their supplier's fault than chance
-- explains; a week's returns are in after some weeks, and then another batch
-- has come
alarms as (

    select
        member as sku_id,
        arg_max(fault_rate, week_start) as fault_rate,
        arg_max(centre_rate, week_start) as centre_rate,
        max(week_start) as week_start
    from {{ ref('return_control_chart') }}
    where
        dimension = 'product'
        and is_alarm
        and week_start
        >= {{ business_date(as_of()) }} - {{ var("return_hold_days") }}
    group by member

),

final as (

    select
        ---------- ids
        sku_id,

        ---------- text
        'of what left in the week of ' || week_start || ' '
        || cast(round(100 * fault_rate) as integer)
        || ' % came back through the supplier''s fault, usual are '
        || cast(round(100 * centre_rate) as integer) || ' %' as reason,
        week_start || ' 当周发出的商品中，'
        || cast(round(100 * fault_rate) as integer) || '% 因供应商责任退回，平时为 '
        || cast(round(100 * centre_rate) as integer) || '%' as reason_zh,

        ---------- dates
        week_start as alarm_week,
        week_start + {{ var("return_hold_days") }} as held_until

    from alarms

)

select * from final
