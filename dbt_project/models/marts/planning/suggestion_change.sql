{{ config(tags=['after_plan']) }}

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
        ) as quantity_before
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
        arg_max_null(quantity, sequence) as quantity
    from numbers
    where occurred_at = {{ as_of() }}
    group by suggestion_id

),

final as (

    select
        ---------- ids
        latest.suggestion_id,
        suggestions.sku_id,
        suggestions.location_id,
        suggestions.supplier_id,

        ---------- text
        suggestions.action,
        suggestions.status,
        latest.change,
        latest.why,

        ---------- quantities
        {{ qty(
            "case when latest.change != 'new' then latest.quantity_before end"
        ) }} as quantity_before,
        {{ qty("coalesce(latest.quantity, 0)") }} as quantity

    from latest
    inner join suggestions
        on latest.suggestion_id = suggestions.suggestion_id

)

select * from final
