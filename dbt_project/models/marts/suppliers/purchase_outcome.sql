{%- set today = business_date(as_of()) %}

with

arrivals as (

    select
        source_system,
        po_line_id,
        suggestion_id,
        sku_id,
        location_id,
        supplier_id,
        ordered_qty,
        first_received_date as arrived_date,
        -- the next day on which another order of the same goods came
        min(first_received_date) over (
            partition by sku_id, location_id
            order by first_received_date
            range between interval 1 day following and unbounded following
        ) as next_arrived_date
    from {{ ref('int_purchase_line') }}
    where is_own_supply and first_received_date is not null

),

-- what ended lately: older ones were judged when they ended
windows as (

    select
        *,
        least(
            coalesce(
                next_arrived_date,
                arrived_date + {{ var('longest_outcome_days') }}
            ),
            arrived_date + {{ var('longest_outcome_days') }}
        ) as ended_date
    from arrivals

),

ended as (

    select *
    from windows
    where
        ended_date <= {{ today }}
        and ended_date > {{ today }} - {{ var('outcome_days') }}

),

counts as (

    select
        location_id,
        sku_id,
        stock_date,
        sellable_qty
    from {{ ref('int_stock_day_end') }}

),

counted_days as (

    select distinct
        location_id,
        stock_date
    from counts

),

-- the last count before the arrival, if it is not older than a week
met as (

    select
        ended.source_system,
        ended.po_line_id,
        max(counted_days.stock_date) as counted_date
    from ended
    inner join counted_days
        on
            ended.location_id = counted_days.location_id
            and ended.arrived_date > counted_days.stock_date
            and ended.arrived_date - 7 <= counted_days.stock_date
    group by ended.source_system, ended.po_line_id

),

days as (

    select
        ended.*,
        met.counted_date,
        cast(calendar.outcome_date as date) as outcome_date
    from ended
    inner join met
        on
            ended.source_system = met.source_system
            and ended.po_line_id = met.po_line_id
    cross join
        unnest(generate_series(
            cast(ended.arrived_date as timestamp),
            cast(ended.ended_date as timestamp) - interval 1 day,
            interval 1 day
        )) as calendar (outcome_date)

),

demand as (

    select
        sku_id,
        location_id,
        demand_date,
        -- companies' bulk orders leave the same shelves
        sum(wanted_qty) as demand_qty
    from {{ ref('demand_history') }}
    where fulfil_mode = 'own'
    group by sku_id, location_id, demand_date

),

receipts as (

    select
        sku_id,
        warehouse_id as location_id,
        received_date,
        po_line_id,
        accepted_qty
    from {{ ref('int_receipt_line') }}

),

-- of other orders: this one is judged as if it had come as a whole
others as (

    select
        days.source_system,
        days.po_line_id,
        days.outcome_date,
        sum(receipts.accepted_qty) as arrival_qty
    from days
    inner join receipts
        on
            days.sku_id = receipts.sku_id
            and days.location_id = receipts.location_id
            and days.outcome_date = receipts.received_date
            and days.po_line_id is distinct from receipts.po_line_id
    group by days.source_system, days.po_line_id, days.outcome_date

),

goods as (

    select distinct
        ended.sku_id,
        ended.location_id,
        skus.abc,
        skus.category_id,
        skus.storage_class,
        -- cubic millimetres in a litre
        skus.length_mm * skus.width_mm * skus.height_mm / 1e6 as litres
    from ended
    left join {{ ref('int_sku') }} as skus on ended.sku_id = skus.sku_id

),

storage_rates as (

    select
        coalesce(scope, '*') as scope,
        unit,
        arg_max(rate_value, (valid_from, rate_value)) as rate_value
    from {{ ref('stg_policy__cost_rate') }}
    where
        kind = 'storage'
        and unit in ('per_unit_day', 'per_litre_day')
        and valid_from <= {{ today }}
        and (valid_to is null or valid_to > {{ today }})
    group by coalesce(scope, '*'), unit

),

-- of each unit the closest rate: place, class of storage, category, all
closest_rates as (

    select
        goods.sku_id,
        goods.location_id,
        storage_rates.unit,
        any_value(goods.litres) as litres,
        arg_min(
            storage_rates.rate_value,
            case storage_rates.scope
                when goods.location_id then 1
                when goods.storage_class then 2
                when goods.category_id then 3
                else 4
            end
        ) as rate_value
    from goods
    inner join storage_rates
        on
            storage_rates.scope in (
                '*', goods.location_id, goods.storage_class, goods.category_id
            )
    group by goods.sku_id, goods.location_id, storage_rates.unit

),

storage as (

    select
        sku_id,
        location_id,
        sum(cast(
            rate_value * if(unit = 'per_litre_day', coalesce(litres, 0), 1)
            as decimal(18, 8)
        )) as per_night
    from closest_rates
    group by sku_id, location_id

),

penalty_rules as (

    select
        coalesce(segment, '*') as segment,
        coalesce(warehouse_id, '*') as warehouse_id,
        arg_max(shortage_penalty, (valid_from, shortage_penalty))
            as shortage_penalty
    from {{ ref('stg_policy__service_target') }}
    where
        shortage_penalty is not null
        and valid_from <= {{ today }}
        and (valid_to is null or valid_to > {{ today }})
    group by coalesce(segment, '*'), coalesce(warehouse_id, '*')

),

-- the closest rule wins, as it does for the target itself
penalties as (

    select
        goods.sku_id,
        goods.location_id,
        arg_min(
            penalty_rules.shortage_penalty,
            2 * cast(penalty_rules.segment = '*' as integer)
            + cast(penalty_rules.warehouse_id = '*' as integer)
        ) as shortage_penalty
    from goods
    inner join penalty_rules
        on
            penalty_rules.segment in ('*', goods.abc, goods.category_id)
            and penalty_rules.warehouse_id in ('*', goods.location_id)
    group by goods.sku_id, goods.location_id

),

rates as (

    select
        inputs.sku_id,
        inputs.location_id,
        cast(
            inputs.home_unit_cost * {{ yearly_capital_rate() }} / 365
            as decimal(18, 8)
        ) + coalesce(storage.per_night, 0) as holding_rate,
        coalesce(
            penalties.shortage_penalty,
            case
                when economics.unit_margin < 0 then 0
                else economics.unit_margin
            end
        ) as shortage_rate
    from {{ ref('replenishment_input') }} as inputs
    left join {{ ref('unit_economics') }} as economics
        on
            inputs.sku_id = economics.sku_id
            and inputs.location_id = economics.location_id
    left join storage
        on
            inputs.sku_id = storage.sku_id
            and inputs.location_id = storage.location_id
    left join penalties
        on
            inputs.sku_id = penalties.sku_id
            and inputs.location_id = penalties.location_id
    where inputs.home_unit_cost is not null

),

final as (

    select
        ---------- ids
        days.source_system,
        days.po_line_id,
        days.suggestion_id,
        days.sku_id,
        days.location_id,
        days.supplier_id,

        ---------- dates
        days.outcome_date,
        days.arrived_date,
        days.ended_date,
        days.counted_date,

        ---------- quantities
        days.ordered_qty,
        -- a day without a row of the SKU is a day without stock of it
        {{ qty("greatest(coalesce(counts.sellable_qty, 0), 0)") }}
            as opening_qty,
        {{ qty("greatest(coalesce(others.arrival_qty, 0), 0)") }}
            as arrival_qty,
        {{ qty("coalesce(demand.demand_qty, 0)") }} as demand_qty,

        ---------- money
        cast(rates.holding_rate as decimal(18, 8)) as holding_rate,
        {{ money("greatest(rates.shortage_rate, 0)") }} as shortage_rate

    from days
    inner join rates
        on
            days.sku_id = rates.sku_id
            and days.location_id = rates.location_id
    left join counts
        on
            days.sku_id = counts.sku_id
            and days.location_id = counts.location_id
            and days.counted_date = counts.stock_date
    left join others
        on
            days.source_system = others.source_system
            and days.po_line_id = others.po_line_id
            and days.outcome_date = others.outcome_date
    left join demand
        on
            days.sku_id = demand.sku_id
            and days.location_id = demand.location_id
            and days.outcome_date = demand.demand_date
    where rates.shortage_rate is not null

)

select * from final
