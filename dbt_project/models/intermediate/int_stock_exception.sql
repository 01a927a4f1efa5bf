-- Records of stock that a person should look at, in the shape of `exceptions`.
with

differences as (

    select
        'record_differs' as exception_type,
        sku_id || ' @ ' || location_id as subject,
        sku_id,
        location_id,
        doubt_amount as money_at_stake,
        'ledger and count differ by ' || cast(difference_qty as bigint)
        || ' units' as detail,
        '台账与盘点相差 ' || cast(difference_qty as bigint) || ' 件'
            as detail_zh,
        'count it' as proposed_action
    from {{ ref('cycle_count_list') }}
    where difference_qty != 0

),

locks as (

    select
        'lock_' || reason as exception_type,
        order_id || ' ' || order_line_id || ' ' || sku_id || ' @ '
        || location_id as subject,
        sku_id,
        location_id,
        locked_amount as money_at_stake,
        cast(locked_qty as bigint) || ' units locked for '
        || round(age_days, 0) || ' days' as detail,
        '锁定 ' || cast(locked_qty as bigint) || ' 件，已 '
        || round(age_days, 0) || ' 天' as detail_zh,
        proposed_action
    from {{ ref('stuck_lock') }}

),

transitions as (

    select
        'illegal_' || transition as exception_type,
        ref_type || ' ' || ref_id || ' ' || ref_line_id || ' ' || sku_id
        || ' @ ' || location_id as subject,
        sku_id,
        location_id,
        amount as money_at_stake,
        cast(qty as bigint) || ' units' as detail,
        cast(qty as bigint) || ' 件' as detail_zh,
        proposed_action
    from {{ ref('illegal_transition') }}

),

fronts as (

    select
        'front_' || finding as exception_type,
        shop_id || ' ' || platform_item_id || ' ' || sku_id as subject,
        sku_id,
        null as location_id,
        money_at_stake,
        'shows ' || cast(listed_qty as bigint) || ', there are '
        || cast(available_qty + offered_qty as bigint) as detail,
        '前台显示 ' || cast(listed_qty as bigint) || ' 件，实有 '
        || cast(available_qty + offered_qty as bigint) || ' 件' as detail_zh,
        if(finding = 'oversell', 'show less', 'show the stock')
            as proposed_action
    from {{ ref('front_stock_reconciliation') }}
    where finding in ('oversell', 'hidden')

),

final as (

    select * from differences
    union all
    select * from locks
    union all
    select * from transitions
    union all
    select * from fronts

)

select * from final
