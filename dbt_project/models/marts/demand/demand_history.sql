{{ config(
    unit=['demand_date'],
    changed_by='changed_demand_days',
    all_units={
        'int_order_line': 'ordered_date as demand_date',
        'int_return_line': 'returned_date',
        'int_stock_day_end': 'stock_date'
    }
) }}
{%- set changed = changed_demand_days() %}

with

order_lines as not materialized (

    select * from {{ ref('int_order_line') }}

),

promoted_days as (

    select * from {{ ref('int_promoted_day') }}

),

-- a bundle is demand for what is in it; without recipe it stays itself
exploded as (

    select
        coalesce(components.component_sku_id, order_lines.sku_id) as sku_id,
        order_lines.natural_location_id as location_id,
        order_lines.ordered_date as demand_date,
        order_lines.fulfil_mode,
        order_lines.demand_qty,
        -- what companies order in bulk is no sign of what consumers will want,
        -- but it leaves the same shelves
        case
            when order_lines.exclusion_reason is null then 0
            when order_lines.is_lost_sale then order_lines.ordered_qty
            else order_lines.sold_qty
        end as bulk_qty,
        order_lines.exclusion_reason is null as is_demand,
        order_lines.cancelled_no_stock_qty,
        order_lines.shipped_qty,
        order_lines.net_revenue_amount,
        order_lines.is_gift,
        coalesce(order_lines.order_type, '') = 'subscription' as is_contracted,
        components.qty as per_bundle,
        coalesce(components.price_share, 0) as price_share,
        promoted_days.sku_id is not null as is_promoted
    from order_lines
    {{ components_of('order_lines') }}
    left join promoted_days
        on
            order_lines.sku_id = promoted_days.sku_id
            and order_lines.shop_id = promoted_days.shop_id
            and order_lines.ordered_date = promoted_days.ordered_date
    where
        case
            when order_lines.exclusion_reason is null
                then order_lines.demand_qty > 0
            -- one that is wrong for another reason too was no wish of a company
            when
                order_lines.exclusion_reason = 'b2b'
                and order_lines.standing_order_id is null
                and coalesce(order_lines.order_status, '') != 'pending_pay'
                and coalesce(order_lines.close_reason, '')
                not in ('risk', 'duplicate', 'test', 'unpaid')
                then order_lines.is_lost_sale or order_lines.sold_qty > 0
        end
        and {{ is_changed('order_lines.ordered_date', changed) }}

),

demand as (

    select
        sku_id,
        location_id,
        demand_date,
        fulfil_mode,
        {{ per_bundle('demand_qty') }} as demand_qty,
        {{ per_bundle('cancelled_no_stock_qty') }} as cancelled_no_stock_qty,
        {{ per_bundle('shipped_qty') }} as shipped_qty,
        case
            when per_bundle is null then net_revenue_amount
            else {{ money('net_revenue_amount * price_share') }}
        end as net_revenue_amount,
        is_gift,
        is_promoted,
        is_contracted,
        1 as order_lines,
        0 as returned_qty
    from exploded
    where is_demand

),

bulk as (

    select
        sku_id,
        location_id,
        demand_date,
        fulfil_mode,
        {{ per_bundle('bulk_qty') }} as bulk_qty
    from exploded
    where not is_demand

),

return_lines as (

    select
        order_line_id,
        returned_date,
        sum(returned_qty) as returned_qty
    from {{ ref('int_return_line') }}
    where returned_qty > 0
    group by order_line_id, returned_date

),

return_totals as (

    select
        order_line_id,
        sum(returned_qty) as returned_qty
    from return_lines
    group by order_line_id

),

-- on the day they came back; what only the order line tells, on its own day
returned as (

    select
        order_lines.sku_id,
        order_lines.natural_location_id as location_id,
        return_lines.returned_date as demand_date,
        order_lines.fulfil_mode,
        return_lines.returned_qty
    from return_lines
    inner join order_lines
        on return_lines.order_line_id = order_lines.order_line_id
    where {{ is_changed('return_lines.returned_date', changed) }}

    union all

    select
        order_lines.sku_id,
        order_lines.natural_location_id as location_id,
        order_lines.ordered_date as demand_date,
        order_lines.fulfil_mode,
        order_lines.returned_qty - coalesce(return_totals.returned_qty, 0)
            as returned_qty
    from order_lines
    left join return_totals
        on order_lines.order_line_id = return_totals.order_line_id
    where
        order_lines.returned_qty > coalesce(return_totals.returned_qty, 0)
        and {{ is_changed('order_lines.ordered_date', changed) }}

),

stock_days as (

    select * from {{ ref('int_stock_day_end') }}
    where {{ is_changed('stock_date', changed) }}

),

-- a complete count that does not name a SKU says that there is none
counted_days as (

    select distinct
        location_id,
        stock_date
    from stock_days

),

facts as (

    select
        sku_id,
        location_id,
        demand_date,
        fulfil_mode,
        demand_qty,
        cancelled_no_stock_qty,
        shipped_qty,
        net_revenue_amount,
        is_gift,
        is_promoted,
        is_contracted,
        order_lines,
        returned_qty
    from demand

    union all by name

    select
        sku_id,
        location_id,
        demand_date,
        fulfil_mode,
        bulk_qty
    from bulk

    union all by name

    select
        sku_id,
        location_id,
        demand_date,
        fulfil_mode,
        returned_qty
    from returned

    union all by name

    select
        sku_id,
        location_id,
        stock_date as demand_date,
        'own' as fulfil_mode
    from stock_days
    where sellable_qty <= 0

),

summed as (

    select
        sku_id,
        location_id,
        demand_date,
        fulfil_mode,
        sum(demand_qty) as gross_demand_qty,
        sum(cancelled_no_stock_qty) as cancelled_no_stock_qty,
        sum(shipped_qty) as shipped_qty,
        sum(demand_qty) filter (where is_gift) as gift_qty,
        sum(demand_qty) filter (where is_promoted) as promoted_qty,
        sum(demand_qty) filter (where is_contracted) as contracted_qty,
        sum(bulk_qty) as bulk_qty,
        sum(returned_qty) as returned_qty,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(order_lines) as order_lines
    from facts
    group by sku_id, location_id, demand_date, fulfil_mode

),

final as (

    select
        ---------- ids
        summed.sku_id,
        summed.location_id,
        summed.fulfil_mode,

        ---------- dates
        summed.demand_date,

        ---------- quantities
        {{ qty("coalesce(summed.gross_demand_qty, 0)") }} as gross_demand_qty,
        {{ qty("coalesce(summed.cancelled_no_stock_qty, 0)") }}
            as cancelled_no_stock_qty,
        {{ qty("coalesce(summed.shipped_qty, 0)") }} as shipped_qty,
        {{ qty("coalesce(summed.gift_qty, 0)") }} as gift_qty,
        {{ qty("coalesce(summed.promoted_qty, 0)") }} as promoted_qty,
        {{ qty("coalesce(summed.contracted_qty, 0)") }} as contracted_qty,
        {{ qty("coalesce(summed.bulk_qty, 0)") }} as bulk_qty,
        {{ qty(
            "coalesce(summed.gross_demand_qty, 0) + coalesce(summed.bulk_qty, 0)"
        ) }} as wanted_qty,
        {{ qty("coalesce(summed.returned_qty, 0)") }} as returned_qty,
        cast(coalesce(summed.order_lines, 0) as bigint) as order_lines,

        ---------- money
        {{ money("coalesce(summed.net_revenue_amount, 0)") }}
            as net_revenue_amount,

        ---------- booleans
        summed.demand_date < {{ business_date(as_of()) }} as is_complete_day,
        coalesce(summed.promoted_qty > 0, false) as is_promoted,
        case
            when summed.fulfil_mode != 'own' then null
            when summed.cancelled_no_stock_qty > 0 then true
            when counted_days.location_id is null then null
            else coalesce(stock_days.sellable_qty, 0) <= 0
        end as is_stocked_out

    from summed
    left join counted_days
        on
            summed.location_id = counted_days.location_id
            and summed.demand_date = counted_days.stock_date
    left join stock_days
        on
            summed.location_id = stock_days.location_id
            and summed.sku_id = stock_days.sku_id
            and summed.demand_date = stock_days.stock_date

)

select * from final
