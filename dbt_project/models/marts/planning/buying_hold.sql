{{ config(tags=['planning']) }}

with

judged as (

    select
        *,
        count(*) over () as weeks_judged
    from {{ ref('return_control_chart') }}
    where
        dimension = 'product'
        and week_start
        >= {{ business_date(as_of()) }} - {{ var("return_hold_days") }}

),

-- goods of which so much came back through their supplier's fault that chance
-- would hardly show it of any goods in any of these weeks (Chernoff's bound of
-- a binomial tail): each of a thousand charts alarms now and then, and a hold
-- costs all sales that it loses. A week's returns are in after some weeks, and
-- then another batch has come
alarms as (

    select
        member as sku_id,
        arg_max(fault_rate, week_start) as fault_rate,
        arg_max(centre_rate, week_start) as centre_rate,
        max(week_start) as week_start
    from judged
    where
        is_alarm
        and fault_rate >= {{ var("return_hold_share") }}
        and exposed_qty * (
            fault_rate * ln(fault_rate / centre_rate)
            + case
                when fault_rate < 1
                    then
                        (1 - fault_rate)
                        * ln((1 - fault_rate) / (1 - centre_rate))
                else 0
            end
        ) >= ln(weeks_judged / {{ var("return_hold_chance") }})
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
