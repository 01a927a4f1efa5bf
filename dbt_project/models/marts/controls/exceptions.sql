with

-- at stake is the margin of what would sell in the days that are lost
open_lines as (

    select
        *,
        case tracking_status
            when 'late' then days_late
            when 'unacknowledged' then days_unacknowledged
            else promise_drift_days
        end as days_lost
    from {{ ref('purchase_order_tracking') }}
    where
        is_own_supply
        and tracking_status in ('late', 'unacknowledged', 'postponed')

),

purchase_lines as (

    select
        'purchase_' || open_lines.tracking_status as exception_type,
        open_lines.po_line_id as subject,
        open_lines.sku_id,
        open_lines.location_id,
        open_lines.supplier_id,
        least(
            open_lines.open_qty,
            coalesce(health.daily_demand_qty, 0) * open_lines.days_lost
        ) * coalesce(inputs.unit_margin, 0) as money_at_stake,
        cast(open_lines.open_qty as bigint) || ' units expected '
        || coalesce(
            cast(open_lines.expected_date as varchar), 'on no date given'
        ) as detail,
        cast(open_lines.open_qty as bigint) || ' 件，预计 '
        || coalesce(cast(open_lines.expected_date as varchar), '（未给日期）')
        || ' 到货' as detail_zh,
        case open_lines.tracking_status
            when 'late' then 'chase the supplier'
            when 'unacknowledged' then 'ask the supplier to confirm'
            else 'ask for the first date or order elsewhere'
        end as proposed_action
    from open_lines
    left join {{ ref('inventory_health') }} as health
        on
            open_lines.sku_id = health.sku_id
            and open_lines.location_id = health.location_id
    left join {{ ref('replenishment_input') }} as inputs
        on
            open_lines.sku_id = inputs.sku_id
            and open_lines.location_id = inputs.location_id

),

controls as (

    select
        'control_failed' as exception_type,
        check_name || ' @ ' || scope as subject,
        null as sku_id,
        null as location_id,
        null as supplier_id,
        money_at_stake,
        rows_off || ' of ' || rows_checked || ' rows are off by '
        || difference || ' ' || unit as detail,
        rows_checked || ' 行中有 ' || rows_off || ' 行不符，相差 '
        || difference || case unit
            when 'money' then ' 元'
            when 'units' then ' 件'
            when 'records' then ' 条'
            else ' ' || unit
        end as detail_zh,
        'mend the source and export the rows again' as proposed_action
    from {{ ref('control_result') }}
    where status = 'failed'

),

quality as (

    select
        'quality_alarm' as exception_type,
        member || ' @ ' || week_start as subject,
        null as sku_id,
        null as location_id,
        member as supplier_id,
        null as money_at_stake,
        cast(returned_qty as bigint) || ' of '
        || cast(shipped_qty as bigint)
        || ' units that left in that week came back' as detail,
        '该周发出 ' || cast(shipped_qty as bigint) || ' 件，退回 '
        || cast(returned_qty as bigint) || ' 件' as detail_zh,
        'inspect his goods in stock' as proposed_action
    from {{ ref('return_control_chart') }}
    where
        dimension = 'supplier'
        and is_alarm
        and member != ''
        -- an old alarm was heard
        and week_start >= {{ business_date(as_of()) }} - 35

),

stock_records as (

    select
        exception_type,
        subject,
        sku_id,
        location_id,
        null as supplier_id,
        money_at_stake,
        detail,
        detail_zh,
        proposed_action
    from {{ ref('int_stock_exception') }}

),

key_faults as (

    select
        'key_' || problem as exception_type,
        source_system || ' ' || entity || ' ' || source_id as subject,
        null as sku_id,
        null as location_id,
        null as supplier_id,
        null as money_at_stake,
        concat_ws(
            ', ',
            row_count || ' rows use it',
            'the map says ' || claimed_id,
            'so does ' || standing_source_id
        ) as detail,
        concat_ws(
            '，',
            row_count || ' 行使用',
            '对照为 ' || claimed_id,
            standing_source_id || ' 也对照为它'
        ) as detail_zh,
        proposed_action
    from {{ ref('key_exception') }}

),

unrated as (

    select
        'no_exchange_rate' as exception_type,
        currency as subject,
        null as sku_id,
        null as location_id,
        null as supplier_id,
        null as money_at_stake,
        concat_ws(
            ', ',
            nullif(price_count, 0) || ' prices',
            nullif(order_line_count, 0) || ' order lines',
            nullif(budget_count, 0) || ' budgets'
        )
        || ' are in it and compared with nothing: no order, no limit' as detail,
        concat_ws(
            '、',
            nullif(price_count, 0) || ' 个采购价',
            nullif(order_line_count, 0) || ' 条采购行',
            nullif(budget_count, 0) || ' 个预算'
        )
        || '无法折算：不按其下单，不计额度' as detail_zh,
        'deliver its exchange rate' as proposed_action
    from {{ ref('int_unrated_currency') }}

),

found as (

    select * from purchase_lines
    union all
    select * from controls
    union all
    select * from quality
    union all
    select * from stock_records
    union all
    select * from key_faults
    union all
    select * from unrated

),

together as (

    select * from {{ ref('plan_exception') }}

    union all by name

    select
        {{ exception_columns() }}
    from found

),

final as (

    select
        *,
        row_number() over (
            order by
                coalesce(money_at_stake, 0) desc,
                exception_type,
                subject,
                detail
        ) as place
    from together

)

select * from final
