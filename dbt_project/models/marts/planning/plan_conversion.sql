{{ config(materialized='table') }}

with

suggestions as (

    select * from {{ source('feedback', 'suggestion') }}
    -- nothing is ordered by an outlook
    where action != 'outlook'

),

said as (

    select
        *,
        coalesce(
            payload ->> '$.reason',
            payload ->> '$.message',
            payload ->> '$.error_code',
            payload ->> '$.why'
        ) as why
    from {{ source('feedback', 'event') }}

),

instants as (

    select
        suggestion_id,
        min(occurred_at) filter (where kind = 'propose') as suggested_at,
        max(occurred_at) filter (where kind = 'approve') as approved_at,
        max(occurred_at) filter (where kind = 'export') as exported_at,
        max(occurred_at) filter (where kind = 'acknowledge')
            as acknowledged_at,
        min(occurred_at) filter (where kind = 'see') as ordered_at,
        max(occurred_at) filter (where kind = 'receive') as received_at,
        arg_max(why, sequence) filter (
            where kind in ('edit', 'reject', 'close', 'supersede')
        ) as why_not_approved,
        arg_max(why, sequence) filter (where kind = 'acknowledge')
            as why_not_acknowledged,
        arg_max(why, sequence) filter (
            where kind in ('expire', 'recall', 'stop')
        ) as why_not_ordered
    from said
    group by suggestion_id

),

-- what a receiver ordered without a word he has taken
quantities as (

    select
        suggestions.*,
        instants.suggested_at,
        instants.approved_at,
        instants.exported_at,
        instants.acknowledged_at,
        instants.ordered_at,
        instants.received_at,
        instants.why_not_approved,
        instants.why_not_acknowledged,
        instants.why_not_ordered,
        instants.acknowledged_at is not null
        or suggestions.seen_qty > 0 as is_taken,
        instants.exported_at is not null
        or instants.acknowledged_at is not null
        or suggestions.seen_qty > 0 as is_exported
    from suggestions
    inner join instants
        on suggestions.suggestion_id = instants.suggestion_id

),

steps as (

    select
        quantities.suggestion_id,
        quantities.action,
        quantities.sku_id,
        quantities.location_id,
        quantities.supplier_id,
        quantities.status,
        quantities.unit_price,
        quantities.currency,
        quantities.suggested_at,
        unnest([
            {
                'step_no': 1,
                'step': 'suggested',
                'quantity': quantities.planned_qty,
                'reached_at': quantities.suggested_at,
                'is_open': false,
                'why': null
            },
            {
                'step_no': 2,
                'step': 'approved',
                'quantity': quantities.approved_qty,
                'reached_at': case
                    when quantities.approved_qty > 0
                        then quantities.approved_at
                end,
                'is_open': quantities.status in (
                    'proposed', 'edited', 'countersign', 'endorsed', 'snoozed'
                ),
                'why': quantities.why_not_approved
            },
            {
                'step_no': 3,
                'step': 'exported',
                'quantity': case
                    when quantities.is_exported then quantities.approved_qty
                    else 0
                end,
                'reached_at': quantities.exported_at,
                'is_open': quantities.status = 'approved',
                'why': null
            },
            {
                'step_no': 4,
                'step': 'acknowledged',
                'quantity': coalesce(
                    quantities.accepted_qty,
                    case
                        when quantities.is_taken
                            then quantities.approved_qty
                        else 0
                    end
                ),
                'reached_at': quantities.acknowledged_at,
                'is_open': quantities.status = 'exported',
                'why': quantities.why_not_acknowledged
            },
            {
                'step_no': 5,
                'step': 'ordered',
                'quantity': quantities.seen_qty,
                'reached_at': quantities.ordered_at,
                'is_open': quantities.status in (
                    'acknowledged', 'seen', 'recalled'
                ),
                'why': quantities.why_not_ordered
            },
            {
                'step_no': 6,
                'step': 'received',
                'quantity': quantities.received_qty,
                'reached_at': quantities.received_at,
                'is_open': quantities.status not in (
                    'received', 'scored', 'undone'
                ),
                'why': null
            }
        ]) as told
    from quantities

),

unfolded as (

    select
        * exclude (told),
        told['step_no'] as step_no,
        told['step'] as step,
        told['quantity'] as quantity,
        told['reached_at'] as reached_at,
        told['is_open'] as is_open,
        told['why'] as why
    from steps

),

compared as (

    select
        *,
        coalesce(
            lag(quantity) over by_suggestion, quantity
        ) as quantity_before,
        lag(reached_at) over by_suggestion as reached_before_at
    from unfolded
    window by_suggestion as (partition by suggestion_id order by step_no)

),

final as (

    select
        ---------- ids
        suggestion_id,
        sku_id,
        location_id,
        supplier_id,

        ---------- text
        action,
        status,
        step,
        case
            when quantity >= quantity_before and quantity > 0 then 'reached'
            when is_open and quantity_before > 0 then 'waiting'
            when quantity > 0 then 'cut'
            when quantity_before > 0 then 'lost'
            else 'not_reached'
        end as outcome,
        case when quantity < quantity_before and not is_open then why end
            as why,
        currency,

        ---------- numbers
        cast(step_no as integer) as step_no,

        ---------- quantities
        {{ qty("quantity") }} as quantity,
        {{ qty(
            "case when is_open then greatest(quantity_before - quantity, 0) "
            "else 0 end"
        ) }} as waiting_qty,
        {{ qty(
            "case when is_open then 0 "
            "else greatest(quantity_before - quantity, 0) end"
        ) }} as lost_qty,
        {{ qty("greatest(quantity - quantity_before, 0)") }} as added_qty,

        ---------- money
        {{ money("quantity * unit_price") }} as amount,
        {{ money(
            "case when is_open then 0 "
            "else greatest(quantity_before - quantity, 0) end * unit_price"
        ) }} as lost_amount,

        ---------- time
        cast(
            epoch(reached_at) - epoch(reached_before_at) as double
        ) / 3600 as hours_since_previous,

        ---------- dates
        {{ business_date("suggested_at") }} as suggested_date,
        reached_at

    from compared

)

select * from final
