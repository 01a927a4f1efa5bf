{{ config(materialized='table', tags=['after_plan']) }}

-- What is to blame for each suggestion that the latest plan changed. The part
-- of the need that moved most in the direction of the quantity says where to
-- look; what is known there to have happened is the cause, else the part.
with

changes as (

    select
        *,
        sign(quantity - coalesce(quantity_before, 0)) as direction
    from {{ ref('int_plan_change') }}

),

main_parts as (

    select
        parts.suggestion_id,
        arg_max(parts.part, (abs(parts.moved_qty), parts.part)) as part
    from {{ ref('int_change_part') }} as parts
    inner join changes on parts.suggestion_id = changes.suggestion_id
    where sign(parts.moved_qty) = changes.direction
    group by parts.suggestion_id

),

troubles as (

    select * from {{ ref('int_supply_trouble') }}

),

-- the line that an action is about, by the first of its troubles
targets as (

    select
        po_line_id,
        arg_min(cause_kind, place) as cause_kind,
        arg_min(cause_subject, place) as cause_subject
    from troubles
    group by po_line_id

),

inputs as (

    select
        sku_id,
        location_id,
        category_id,
        unit_cost,
        {{ business_date(as_of()) }}
        + cast(ceil(lead_time_days + review_days) as integer) as covered_until
    from {{ ref('replenishment_input') }}

),

-- on, or to come before the next order does; the one announced last
promotions as (

    select
        inputs.sku_id,
        inputs.location_id,
        arg_max(
            campaigns.campaign_id,
            (
                coalesce(campaigns.published_at, campaigns.known_at),
                campaigns.campaign_id
            )
        ) as campaign_id
    from inputs
    inner join {{ ref('stg_marketing__campaign_sku') }} as offered
        on inputs.sku_id = offered.sku_id
    inner join {{ ref('stg_marketing__campaign') }} as campaigns
        on
            offered.source_system = campaigns.source_system
            and offered.campaign_id = campaigns.campaign_id
    where
        coalesce(campaigns.status, '') not in ('cancelled', 'draft')
        and {{ business_date("campaigns.starts_at") }} <= inputs.covered_until
        and {{ business_date(
            "coalesce(campaigns.ends_at, campaigns.starts_at)"
        ) }} >= {{ business_date(as_of()) }}
    group by inputs.sku_id, inputs.location_id

),

-- the longest rest ahead, by its last day: its first one ahead moves with ours
closures as (

    select
        supplier_id,
        arg_max(closed_to, (closed_to - closed_from, closed_to)) as closed_to
    from {{ ref('supplier_closure') }}
    group by supplier_id

),

evidence as (

    select
        changes.*,
        main_parts.part,
        inputs.category_id,
        promotions.campaign_id,
        closures.closed_to,
        coalesce(targets.cause_kind, troubles.cause_kind) as trouble_kind,
        coalesce(targets.cause_subject, troubles.cause_subject)
            as trouble_subject,
        coalesce(troubles.trouble = 'confirmed_short', false)
            as is_confirmed_short,
        holds.sku_id is not null as is_held,
        coalesce(levels.status = 'waits', false) as is_waiting,
        coalesce(economics.later_unit_cost > inputs.unit_cost, false)
            as is_price_rising,
        coalesce(changes.unit_price != changes.unit_price_before, false)
            as is_price_another,
        -- nothing was asked before, or nothing is now: no part can be told
        main_parts.part is null as is_whole,
        coalesce(
            (changes.worked_days - changes.worked_days_before)
            * changes.direction > 0,
            false
        ) as is_lead_moved,
        coalesce(
            (changes.due_days - changes.due_days_before)
            * changes.direction >= 2,
            false
        ) as is_arrival_moved
    from changes
    left join main_parts on changes.suggestion_id = main_parts.suggestion_id
    left join inputs
        on
            changes.sku_id = inputs.sku_id
            and changes.location_id = inputs.location_id
    left join {{ ref('unit_economics') }} as economics
        on
            changes.sku_id = economics.sku_id
            and changes.location_id = economics.location_id
    left join promotions
        on
            changes.sku_id = promotions.sku_id
            and changes.location_id = promotions.location_id
    left join closures on changes.supplier_id = closures.supplier_id
    left join targets on changes.target = targets.po_line_id
    left join troubles
        on
            changes.sku_id = troubles.sku_id
            and changes.location_id = troubles.location_id
            and troubles.place = 1
    left join {{ ref('buying_hold') }} as holds
        on changes.sku_id = holds.sku_id
    left join {{ source('plan', 'replenishment_level') }} as levels
        on
            changes.sku_id = levels.sku_id
            and changes.location_id = levels.location_id

),

kinds as (

    select
        *,
        case
            when is_held and change in ('closed', 'superseded') then 'hold'
            when part in ('demand', 'safety', 'timing') and is_lead_moved
                then 'lead_time'
            when
                part in ('demand', 'safety', 'timing')
                and is_arrival_moved
                and closed_to is not null
                then 'closure'
            when
                trouble_kind is not null
                and (
                    part = 'timing'
                    or (part = 'stock' and is_confirmed_short)
                    or (is_whole and change in ('new', 'revised'))
                )
                then trouble_kind
            when is_price_another and (is_whole or part in ('price', 'order'))
                then 'price'
            when is_price_rising and (change = 'new' or part = 'price')
                then 'price'
            when
                campaign_id is not null
                and action = 'buy'
                and (part in ('demand', 'safety') or change = 'new')
                then 'promotion'
            when part in ('demand', 'safety') then 'forecast'
            when part in ('expiry', 'quality', 'capacity', 'budget') then part
            when
                part in ('order', 'price')
                or (is_waiting and change in ('closed', 'superseded'))
                then 'supplier_order'
            else 'stock'
        end as cause_kind
    from evidence

),

subjects as (

    select
        *,
        coalesce(
            case cause_kind
                when 'hold' then sku_id
                when 'lead_time' then supplier_id
                when 'closure'
                    then supplier_id || ' ' || cast(closed_to as varchar)
                when 'shipment' then trouble_subject
                when 'purchase_order' then trouble_subject
                when 'price' then supplier_id
                when 'promotion' then campaign_id
                when 'forecast' then category_id
                when 'quality' then supplier_id
                when 'capacity' then supplier_id
                when 'budget' then '*'
                when 'supplier_order' then supplier_id || ' @ ' || location_id
                else location_id
            end,
            '*'
        ) as cause_subject
    from kinds

),

final as (

    select
        ---------- ids
        suggestion_id,
        {{ cause_id("cause_kind", "cause_subject") }} as cause_id,

        ---------- text
        cause_kind,
        cause_subject

    from subjects

)

select * from final
