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

troubles as (

    select * from {{ ref('int_supply_trouble') }}

),

-- a late lorry or vessel is one thing to see to, however many SKUs it brings
purchase_lines as (

    select
        open_lines.*,
        troubles.cause_id,
        if(troubles.cause_kind = 'shipment', 'waybill ', '')
        || troubles.cause_subject as cause,
        least(
            open_lines.open_qty,
            coalesce(health.daily_demand_qty, 0) * open_lines.days_lost
        ) * greatest(coalesce(economics.unit_margin, 0), 0) as line_at_stake
    from open_lines
    inner join troubles
        on
            open_lines.po_line_id = troubles.po_line_id
            and open_lines.tracking_status = troubles.trouble
    left join {{ ref('inventory_health') }} as health
        on
            open_lines.sku_id = health.sku_id
            and open_lines.location_id = health.location_id
    left join {{ ref('unit_economics') }} as economics
        on
            open_lines.sku_id = economics.sku_id
            and open_lines.location_id = economics.location_id

),

caused as (

    select
        tracking_status,
        cause_id,
        cause,
        min(supplier_id) as supplier_id,
        sum(line_at_stake) as money_at_stake,
        count(distinct sku_id) as sku_count,
        case when count(distinct sku_id) = 1 then min(sku_id) end as sku_id,
        case when count(distinct location_id) = 1 then min(location_id) end
            as location_id,
        cast(sum(open_qty) as bigint) as open_qty,
        cast(min(expected_date) as varchar) as first_date,
        cast(nullif(max(expected_date), min(expected_date)) as varchar)
            as last_date
    from purchase_lines
    group by tracking_status, cause_id, cause

),

purchases as (

    select
        'purchase_' || tracking_status as exception_type,
        cause_id,
        cause as subject,
        sku_id,
        location_id,
        supplier_id,
        money_at_stake,
        case when sku_count > 1 then sku_count || ' SKUs, ' else '' end
        || open_qty || ' units expected '
        || coalesce(first_date, 'on no date given')
        || coalesce(' to ' || last_date, '') as detail,
        case when sku_count > 1 then sku_count || ' 个 SKU，' else '' end
        || open_qty || ' 件，预计 '
        || coalesce(first_date, '（未给日期）')
        || coalesce(' 至 ' || last_date, '') || ' 到货' as detail_zh,
        case tracking_status
            when 'late' then 'chase the supplier'
            when 'unacknowledged' then 'ask the supplier to confirm'
            else 'ask for the first date or order elsewhere'
        end as proposed_action
    from caused

),

-- what a supplier said he will not deliver is no supply: the plan buys it
-- anew, which costs what sells until an order of today is here
confirmed_short as (

    select
        'purchase_confirmed_short' as exception_type,
        any_value(troubles.cause_id) as cause_id,
        coalesce(purchase_lines.po_id, purchase_lines.po_line_id) as subject,
        case
            when count(distinct purchase_lines.sku_id) = 1
                then min(purchase_lines.sku_id)
        end as sku_id,
        case
            when count(distinct purchase_lines.location_id) = 1
                then min(purchase_lines.location_id)
        end as location_id,
        min(purchase_lines.supplier_id) as supplier_id,
        sum(
            least(
                purchase_lines.unconfirmed_qty,
                coalesce(health.daily_demand_qty, 0)
                * coalesce(inputs.lead_time_days, 0)
            ) * greatest(coalesce(economics.unit_margin, 0), 0)
        ) as money_at_stake,
        case
            when count(distinct purchase_lines.sku_id) > 1
                then count(distinct purchase_lines.sku_id) || ' SKUs, '
            else ''
        end
        || cast(sum(purchase_lines.unconfirmed_qty) as bigint) || ' of '
        || cast(sum(purchase_lines.ordered_qty) as bigint)
        || ' units ordered are not confirmed' as detail,
        case
            when count(distinct purchase_lines.sku_id) > 1
                then count(distinct purchase_lines.sku_id) || ' 个 SKU，'
            else ''
        end
        || '订购 ' || cast(sum(purchase_lines.ordered_qty) as bigint)
        || ' 件，其中 '
        || cast(sum(purchase_lines.unconfirmed_qty) as bigint)
        || ' 件未获确认' as detail_zh,
        'buy the rest elsewhere' as proposed_action
    from {{ ref('int_purchase_line') }} as purchase_lines
    inner join troubles
        on
            purchase_lines.po_line_id = troubles.po_line_id
            and troubles.trouble = 'confirmed_short'
    left join {{ ref('inventory_health') }} as health
        on
            purchase_lines.sku_id = health.sku_id
            and purchase_lines.location_id = health.location_id
    left join {{ ref('replenishment_input') }} as inputs
        on
            purchase_lines.sku_id = inputs.sku_id
            and purchase_lines.location_id = inputs.location_id
    left join {{ ref('unit_economics') }} as economics
        on
            purchase_lines.sku_id = economics.sku_id
            and purchase_lines.location_id = economics.location_id
    group by coalesce(purchase_lines.po_id, purchase_lines.po_line_id)

),

controls as (

    select
        'control_failed' as exception_type,
        {{ cause_id("'control'", "check_name") }} as cause_id,
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
        -- one alarm may last for weeks
        {{ cause_id("'quality'", "dimension || ' ' || member") }} as cause_id,
        member || ' @ ' || week_start as subject,
        null as sku_id,
        null as location_id,
        case when dimension = 'supplier' then member end as supplier_id,
        null as money_at_stake,
        cast(returned_qty as bigint) || ' of '
        || cast(shipped_qty as bigint)
        || ' units that left in that week came back' as detail,
        '该周发出 ' || cast(shipped_qty as bigint) || ' 件，退回 '
        || cast(returned_qty as bigint) || ' 件' as detail_zh,
        case dimension
            when 'supplier' then 'inspect his goods in stock'
            else 'inspect what is in stock'
        end as proposed_action
    from {{ ref('return_control_chart') }}
    where
        dimension in ('supplier', 'category', 'product')
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

    select * from purchases
    union all
    select * from confirmed_short
    union all
    select * from controls
    union all
    select * from quality
    union all by name
    select * from stock_records
    union all by name
    select * from key_faults
    union all by name
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
