with

-- shelves are empty, or soon will be, since something does not come
blamed as (

    select
        health.*,
        case
            when health.status in ('stock_out', 'at_risk')
                then troubles.cause_id
        end as cause_id
    from {{ ref('inventory_health') }} as health
    left join {{ ref('int_supply_trouble') }} as troubles
        on
            health.sku_id = troubles.sku_id
            and health.location_id = troubles.location_id
            and troubles.place = 1

),

stock as (

    select
        'stock_' || status as exception_type,
        cause_id,
        sku_id || ' @ ' || location_id as subject,
        sku_id,
        location_id,
        supplier_id,
        money_at_stake,
        case
            when status in ('stock_out', 'at_risk')
                then
                    'covers ' || round(coalesce(cover_days, 0), 1)
                    || ' days, on order ' || cast(on_order_qty as bigint)
            when status = 'excess'
                then 'covers ' || round(cover_days, 0) || ' days'
            when status = 'expiring'
                then
                    cast(expiring_qty as bigint) || ' units expire from '
                    || next_expiry_date
            when status = 'broken_size_run'
                then 'sizes missing: ' || missing_sizes
            else 'no sale for ' || days_without_sale || ' days'
        end as detail,
        case
            when status in ('stock_out', 'at_risk')
                then
                    '可售 ' || round(coalesce(cover_days, 0), 1)
                    || ' 天，在途 ' || cast(on_order_qty as bigint) || ' 件'
            when status = 'excess'
                then '可售 ' || round(cover_days, 0) || ' 天'
            when status = 'expiring'
                then
                    cast(expiring_qty as bigint) || ' 件自 '
                    || next_expiry_date || ' 起到期'
            when status = 'broken_size_run'
                then '缺码：' || missing_sizes
            else days_without_sale || ' 天未售出'
        end as detail_zh,
        proposed_action
    from blamed
    where status != 'healthy'

),

deliveries as (

    select
        case
            when status != 'delivered' then 'delivery_' || status
            when len(blocks) > 0 then 'delivery_late'
            else 'delivery_quarantined'
        end as exception_type,
        contract as subject,
        null as sku_id,
        null as location_id,
        null as supplier_id,
        null as money_at_stake,
        case
            when status != 'delivered' then stands_in
            when len(blocks) > 0
                then
                    round(age_hours, 0) || ' hours old, do not '
                    || array_to_string(blocks, ', ')
            else rows_quarantined || ' rows in quarantine'
        end as detail,
        case
            when status != 'delivered' then stands_in_zh
            when len(blocks) > 0
                then
                    '数据已过 ' || round(age_hours, 0) || ' 小时，暂停：'
                    || array_to_string(list_transform(
                        blocks,
                        lambda block: case block
                            when 'buy' then '采购'
                            when 'wave' then '波次'
                            when 'ship' then '发运'
                        end
                    ), '、')
            else rows_quarantined || ' 行被隔离'
        end as detail_zh,
        case
            when status != 'delivered' or len(blocks) > 0
                then 'deliver the table'
            else 'mend the rows and deliver again'
        end as proposed_action
    from {{ ref('delivery_status') }}
    where
        (status != 'delivered' and tier = 1 and system not in (
            'reference', 'policy'
        ))
        or (status = 'delivered' and len(blocks) > 0)
        or rows_quarantined > 0

),

left_out_orders as (

    select
        if(
            wave_id is null,
            'order_left_out_of_waves', 'order_misses_its_cutoff'
        ) as exception_type,
        outbound_id as subject,
        null as sku_id,
        warehouse_id as location_id,
        null as supplier_id,
        null as money_at_stake,
        concat_ws(': ', reason, detail) as detail,
        {{ wave_detail_in_chinese("reason", "detail") }} as detail_zh,
        case
            when reason in ('no_lines', 'bad_quantity')
                then 'complete or cancel the order'
            when reason = 'no_place'
                then 'give the bin its aisle and coordinates'
            when reason in ('no_time', 'late')
                then 'bring more people, or move the cut-off'
            when reason = 'cutoff_past'
                then 'give the order to the next pickup'
            when reason = 'on_hold' then 'release or cancel the order'
            else 'count the bins or refill them'
        end as proposed_action
    from {{ source('plan', 'wave_unplanned') }}
    -- what waits because only so much is released waits by the rules
    where reason != 'next_wave'

),

-- planning names every service that refused; a person decides by parcel
parcels as (

    select
        'parcel_without_carrier' as exception_type,
        refusals.outbound_id as subject,
        null as sku_id,
        any_value(inputs.warehouse_id) as location_id,
        null as supplier_id,
        null as money_at_stake,
        array_to_string(
            list_sort(
                list_distinct(
                    list(
                        concat_ws(
                            ': ',
                            refusals.carrier_id || ' ' || refusals.service_code,
                            refusals.reason
                        )
                    )
                )
            ),
            '; '
        ) as detail,
        {{ detail_in_chinese("detail") }} as detail_zh,
        'choose a carrier by hand' as proposed_action
    from {{ source('plan', 'carrier_unassigned') }} as refusals
    left join {{ source('plan', 'carrier_choice') }} as choices
        on refusals.outbound_id = choices.outbound_id
    left join {{ ref('parcel_input') }} as inputs
        on refusals.outbound_id = inputs.outbound_id
    where choices.outbound_id is null
    group by refusals.outbound_id

),

-- sent, and no export shows it: it still counts as supply
unseen as (

    select
        'decision_unseen' as exception_type,
        suggestion_id as subject,
        case when action not in ('pick', 'ship') then sku_id end as sku_id,
        location_id,
        supplier_id,
        null as money_at_stake,
        cast(in_flight_qty as bigint) || ' units approved '
        || cast(approved_date as varchar) || ' are in no export, expire after '
        || cast(expiry_date as varchar) as detail,
        cast(approved_date as varchar) || ' 批准的 '
        || cast(in_flight_qty as bigint) || ' 件未见于任何导出，'
        || cast(expiry_date as varchar) || ' 后失效' as detail_zh,
        'ask the receiver what became of it' as proposed_action
    from {{ source('feedback', 'in_flight') }}
    -- nothing is ever seen of an outlook
    where alarm_date < {{ business_date(as_of()) }} and action != 'outlook'

),

given_up as (

    select
        suggestion_id,
        max(occurred_at) as expired_at
    from {{ source('feedback', 'event') }}
    where kind = 'expire'
    group by suggestion_id

),

-- counted no more, so its need is planned anew; answers that contradict
settled as (

    select
        case
            when suggestions.is_disputed then 'decision_disputed'
            else 'decision_expired'
        end as exception_type,
        suggestions.suggestion_id as subject,
        case
            when suggestions.action not in ('pick', 'ship')
                then suggestions.sku_id
        end as sku_id,
        suggestions.location_id,
        suggestions.supplier_id,
        null as money_at_stake,
        case
            when suggestions.is_disputed
                then
                    cast(suggestions.approved_qty as bigint)
                    || ' units approved, the answers contradict each other'
            when suggestions.action in ('pick', 'ship')
                then
                    'order ' || suggestions.sku_id || ' was approved to '
                    || suggestions.action || ' and no export shows it'
            else
                cast(suggestions.approved_qty as bigint)
                || ' units were never seen and count no more'
        end as detail,
        case
            when suggestions.is_disputed
                then
                    '已批准 ' || cast(suggestions.approved_qty as bigint)
                    || ' 件，各方回执互相矛盾'
            when suggestions.action in ('pick', 'ship')
                then
                    '订单 ' || suggestions.sku_id || ' 已批准'
                    || case suggestions.action
                        when 'pick' then '拣货' else '发运'
                    end
                    || '，未见于任何导出'
            else
                cast(suggestions.approved_qty as bigint)
                || ' 件始终未见到，不再计入供应'
        end as detail_zh,
        case
            when suggestions.is_disputed then 'resolve what was accepted'
            when suggestions.action in ('pick', 'ship')
                then 'make sure that it leaves once'
            else 'make sure that nobody ordered it'
        end as proposed_action
    from {{ source('feedback', 'suggestion') }} as suggestions
    left join given_up
        on suggestions.suggestion_id = given_up.suggestion_id
    where
        suggestions.is_disputed
        or (
            suggestions.status = 'expired'
            -- an old one was heard
            and {{ business_date("given_up.expired_at") }}
            >= {{ business_date(as_of()) }} - 7
        )

),

-- what a region has and should not, or lacks and should have
assortment as (

    select
        case
            when echelons.is_worth_stocking then 'region_should_stock'
            else 'region_should_not_stock'
        end as exception_type,
        echelons.sku_id || ' @ ' || echelons.location_id as subject,
        echelons.sku_id,
        echelons.location_id,
        null as supplier_id,
        abs(echelons.stocking_gain) as money_at_stake,
        'a year, against serving it from ' || echelons.central_id as detail,
        '每年，相对由 ' || echelons.central_id || ' 供货' as detail_zh,
        case
            when echelons.is_worth_stocking then 'stock it there'
            else 'serve it from the centre, sell off what is there'
        end as proposed_action
    from {{ source('plan', 'echelon_target') }} as echelons
    left join {{ ref('inventory_position') }} as positions
        on
            echelons.sku_id = positions.sku_id
            and echelons.location_id = positions.location_id
    where
        echelons.is_worth_stocking
        != (coalesce(positions.inventory_position_qty, 0) > 0)
        and abs(echelons.stocking_gain) >= 1

),

together as (

    select * from stock
    union all by name
    select * from deliveries
    union all by name
    select * from left_out_orders
    union all by name
    select * from parcels
    union all by name
    select * from unseen
    union all by name
    select * from settled
    union all by name
    select * from assortment

),

final as (

    select
        {{ exception_columns() }}
    from together

)

select * from final
