{{ config(tags=['after_plan']) }}

with

levels as (

    select * from {{ source('plan', 'replenishment_level') }}

),

suggestions as (

    select * from {{ source('plan', 'replenishment_suggestion') }}

),

inputs as (

    select * from {{ ref('replenishment_input') }}

),

troubles as (

    select * from {{ ref('int_supply_trouble') }}
    where place = 1

),

-- needed and not suggested
unmet as (

    select
        case status
            when 'waits' then 'need_waits'
            else status
        end as exception_type,
        null as suggestion_id,
        sku_id,
        location_id,
        supplier_id,
        greatest(need_qty, 0) as quantity,
        money_at_stake,
        reason as detail,
        reason_zh as detail_zh
    from levels
    where
        status in ('waits', 'no_supplier', 'stock_unknown')
        or (status = 'no_forecast' and stock_known)

),

too_much as (

    select
        'overstock' as exception_type,
        suggestion_id,
        sku_id,
        location_id,
        supplier_id,
        suggested_qty as quantity,
        amount as money_at_stake,
        'packs, minimums or price steps, not demand, made it large' as detail,
        '因包装、起订量或价格档而偏大，并非需求所致' as detail_zh
    from suggestions
    where warning = 'overstock'

),

-- a rule stands in for money that nobody knows
unpriced as (

    select
        'not_priced' as exception_type,
        suggestions.suggestion_id,
        suggestions.sku_id,
        suggestions.location_id,
        suggestions.supplier_id,
        suggestions.suggested_qty as quantity,
        suggestions.amount as money_at_stake,
        levels.policy_reason as detail,
        levels.policy_reason_zh as detail_zh
    from suggestions
    inner join levels
        on
            suggestions.sku_id = levels.sku_id
            and suggestions.location_id = levels.location_id
    where suggestions.unit_cost is null or suggestions.unit_margin is null

),

-- too late even if it is ordered today
too_late as (

    select
        'runs_out_before_it_comes' as exception_type,
        suggestion_id,
        sku_id,
        location_id,
        supplier_id,
        suggested_qty as quantity,
        money_at_stake,
        'stock ends ' || cast(stock_out_date as varchar)
        || ', an order of today comes ' || cast(requested_date as varchar)
            as detail,
        cast(stock_out_date as varchar) || ' 断货，今日下单 '
        || cast(requested_date as varchar) || ' 到货' as detail_zh
    from suggestions
    where stock_out_date < requested_date

),

together as (

    select * from unmet
    union all
    select * from too_much
    union all
    select * from unpriced
    union all
    select * from too_late

),

named as (

    select
        *,
        {{ cause_id("exception_type", "sku_id || ' @ ' || location_id") }}
            as own_cause_id
    from together

),

final as (

    select
        ---------- ids
        named.exception_type,
        named.suggestion_id,
        named.sku_id,
        named.location_id,
        named.supplier_id,
        -- what comes late empties a shelf, an order as a whole waits, a
        -- warehouse is not delivered: one cause for all that it brings
        case
            when named.exception_type = 'runs_out_before_it_comes'
                then coalesce(troubles.cause_id, named.own_cause_id)
            when
                named.exception_type = 'need_waits'
                and named.supplier_id is not null
                then
                    {{ cause_id(
                        "'supplier_order'",
                        "named.supplier_id || ' @ ' || named.location_id"
                    ) }}
            when named.exception_type = 'stock_unknown'
                then {{ cause_id("'stock_unknown'", "named.location_id") }}
            else named.own_cause_id
        end as cause_id,

        ---------- text
        inputs.sku_name,
        named.detail,
        named.detail_zh,
        inputs.currency,

        ---------- numbers
        cast(named.quantity as bigint) as quantity,
        {{ money("named.money_at_stake") }} as money_at_stake

    from named
    left join troubles
        on
            named.sku_id = troubles.sku_id
            and named.location_id = troubles.location_id
    left join inputs
        on
            named.sku_id = inputs.sku_id
            and named.location_id = inputs.location_id

)

select * from final
