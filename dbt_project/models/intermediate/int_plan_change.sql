{{ config(materialized='table', tags=['after_plan']) }}

-- Suggestions that the latest plan made or changed, with what plans said of
-- them before and now.
with

suggestions as (

    select * from {{ source('feedback', 'suggestion') }}

),

-- the plan's numbers, one after the other
numbers as (

    select
        suggestion_id,
        sequence,
        occurred_at,
        kind,
        payload ->> '$.why' as why,
        cast(payload ->> '$.quantity' as decimal(18, 4)) as quantity,
        lag(cast(payload ->> '$.quantity' as decimal(18, 4))) over (
            partition by suggestion_id order by sequence
        ) as quantity_before,
        payload ->> '$.facts.bridge' as bridge,
        cast(payload ->> '$.facts.unit_price' as decimal(18, 4)) as unit_price,
        cast(payload ->> '$.facts.worked_lead_days' as integer) as worked_days,
        date_diff(
            'day',
            {{ business_date("occurred_at") }},
            cast(payload ->> '$.due' as date)
        ) as due_days
    from {{ source('feedback', 'event') }}
    where kind in ('propose', 'revise', 'supersede', 'close')

),

-- a plan of the same instant, run anew on later deliveries, is one plan
latest as (

    select
        suggestion_id,
        case
            when arg_max(kind, sequence) = 'supersede' then 'superseded'
            when arg_max(kind, sequence) = 'close' then 'closed'
            when bool_or(kind = 'propose') then 'new'
            else 'revised'
        end as change,
        arg_max(why, sequence) as why,
        arg_min_null(quantity_before, sequence) as quantity_before,
        arg_max_null(quantity, sequence) as quantity,
        arg_max_null(bridge, sequence) as bridge,
        arg_max_null(unit_price, sequence) as unit_price,
        arg_max_null(worked_days, sequence) as worked_days,
        arg_max_null(due_days, sequence) as due_days
    from numbers
    where occurred_at = {{ as_of() }}
    group by suggestion_id

),

earlier as (

    select
        numbers.suggestion_id,
        arg_max_null(numbers.bridge, numbers.sequence) as bridge,
        arg_max_null(numbers.unit_price, numbers.sequence) as unit_price,
        arg_max_null(numbers.worked_days, numbers.sequence) as worked_days,
        arg_max_null(numbers.due_days, numbers.sequence) as due_days
    from numbers
    semi join latest on numbers.suggestion_id = latest.suggestion_id
    where
        numbers.occurred_at < {{ as_of() }}
        and numbers.kind in ('propose', 'revise')
    group by numbers.suggestion_id

),

final as (

    select
        ---------- ids
        latest.suggestion_id,
        suggestions.sku_id,
        suggestions.location_id,
        suggestions.supplier_id,
        suggestions.target,

        ---------- text
        suggestions.action,
        suggestions.status,
        latest.change,
        latest.why,
        if(latest.change = 'new', null, earlier.bridge) as bridge_before,
        latest.bridge,

        ---------- quantities
        {{ qty(
            "case when latest.change != 'new' then latest.quantity_before end"
        ) }} as quantity_before,
        {{ qty("coalesce(latest.quantity, 0)") }} as quantity,

        ---------- what else plans said
        if(latest.change = 'new', null, earlier.unit_price)
            as unit_price_before,
        latest.unit_price,
        if(latest.change = 'new', null, earlier.worked_days)
            as worked_days_before,
        latest.worked_days,
        if(latest.change = 'new', null, earlier.due_days) as due_days_before,
        latest.due_days

    from latest
    inner join suggestions
        on latest.suggestion_id = suggestions.suggestion_id
    left join earlier on latest.suggestion_id = earlier.suggestion_id

)

select * from final
