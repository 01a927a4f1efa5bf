with

returned as (

    select
        ages.sku_id,
        ages.location_id,
        ages.left_qty,
        ages.left_amount,
        ages.received_date,
        costs.ref_line_id as rma_line_id
    from {{ ref('stock_age') }} as ages
    inner join {{ ref('int_stock_cost') }} as costs
        on
            ages.layer_id = costs.ledger_id
            and ages.sku_id = costs.sku_id
            and ages.location_id = costs.location_id
    where ages.layer_type = 'return_in'

),

return_lines as (

    select
        rma_line_id,
        any_value(order_line_id) as order_line_id,
        any_value(supplier_id) as supplier_id,
        any_value(inspection) as inspection
    from {{ ref('stg_aftersales__rma_line') }}
    group by rma_line_id

),

-- we never bought what suppliers or merchants sent, and got it back
strangers as (

    select
        returned.*,
        order_lines.fulfil_mode,
        return_lines.inspection,
        coalesce(return_lines.supplier_id, order_lines.supplier_id)
            as supplier_id
    from returned
    inner join return_lines
        on returned.rma_line_id = return_lines.rma_line_id
    inner join {{ ref('int_order_line') }} as order_lines
        on return_lines.order_line_id = order_lines.order_line_id
    where order_lines.fulfil_mode != 'own'

),

units as (

    select
        sku_id,
        location_id,
        fulfil_mode,
        any_value(supplier_id) as supplier_id,
        sum(left_qty) as left_qty,
        sum(left_qty) filter (where inspection = 'resellable')
            as resellable_qty,
        sum(left_amount) as left_amount,
        min(received_date) as first_returned_date,
        count(*) as return_lines
    from strangers
    group by sku_id, location_id, fulfil_mode

),

own_demand as (

    select
        sku_id,
        sum(daily_demand_qty) as daily_demand_qty
    from {{ ref('inventory_health') }}
    group by sku_id

),

-- what the mode it came from still sells
mode_demand as (

    select
        sku_id,
        fulfil_mode,
        sum(wanted_qty) / 56 as daily_demand_qty
    from {{ ref('demand_history') }}
    where
        fulfil_mode != 'own'
        and is_complete_day
        and demand_date >= {{ business_date(as_of()) }} - 56
    group by sku_id, fulfil_mode

),

joined as (

    select
        units.*,
        coalesce(own_demand.daily_demand_qty, 0) as own_daily_demand_qty,
        coalesce(mode_demand.daily_demand_qty, 0) as mode_daily_demand_qty
    from units
    left join own_demand on units.sku_id = own_demand.sku_id
    left join mode_demand
        on
            units.sku_id = mode_demand.sku_id
            and units.fulfil_mode = mode_demand.fulfil_mode

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        fulfil_mode,
        supplier_id,

        ---------- text
        case
            when coalesce(resellable_qty, 0) = 0
                then 'return to supplier or write off'
            when own_daily_demand_qty > 0 then 'sell as own stock'
            when fulfil_mode = 'merchant' then 'give back to the merchant'
            when mode_daily_demand_qty > 0
                then 'send the next dropship orders from here'
            else 'return to supplier or clear'
        end as proposed_action,
        {{ in_chinese("proposed_action") }} as proposed_action_zh,

        ---------- quantities
        {{ qty("left_qty") }} as left_qty,
        {{ qty("coalesce(resellable_qty, 0)") }} as resellable_qty,
        return_lines,
        cast(own_daily_demand_qty as double) as own_daily_demand_qty,
        cast(mode_daily_demand_qty as double) as mode_daily_demand_qty,

        ---------- money
        {{ money("left_amount") }} as left_amount,

        ---------- dates
        first_returned_date

    from joined

)

select * from final
