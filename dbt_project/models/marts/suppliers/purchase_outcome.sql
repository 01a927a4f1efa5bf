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
        sum(gross_demand_qty) as demand_qty
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

inputs as (

    select
        sku_id,
        location_id,
        unit_cost,
        unit_margin
    from {{ ref('replenishment_input') }}

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
        cast(
            inputs.unit_cost * {{ yearly_capital_rate() }} / 365
            as decimal(18, 8)
        ) as holding_rate,
        {{ money("greatest(inputs.unit_margin, 0)") }} as shortage_rate

    from days
    inner join inputs
        on
            days.sku_id = inputs.sku_id
            and days.location_id = inputs.location_id
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
    where inputs.unit_cost is not null and inputs.unit_margin is not null

)

select * from final
