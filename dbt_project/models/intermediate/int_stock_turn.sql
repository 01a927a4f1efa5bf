{{ config(
    materialized='table',
    tells=['sku_id', 'location_id', 'period']
) }}

-- What the ledger's valuation says of each SKU, warehouse and month: what a
-- unit that left cost, and for how many days one lies there. A month that is
-- not valued turns as the one before it did, the first as the next one does.
with

valuations as (

    select
        sku_id,
        coalesce(warehouse_id, '') as location_id,
        period,
        sum(out_amount) / nullif(sum(out_qty), 0) as unit_cost,
        (sum(opening_amount) + sum(closing_amount)) / 2
        / nullif(sum(out_amount), 0) as months_in_stock
    from {{ ref('stg_finance__inventory_valuation') }}
    where length(period) = 6
    group by sku_id, coalesce(warehouse_id, ''), period

),

turns as (

    select
        sku_id,
        location_id,
        period,
        -- at most a year: what hardly sells says little of its days
        least(months_in_stock * 30.4, 365) as days_in_stock
    from valuations
    where months_in_stock >= 0

),

first_turns as (

    select
        sku_id,
        location_id,
        arg_min(days_in_stock, period) as days_in_stock
    from turns
    group by sku_id, location_id

),

months as (

    select
        strftime(
            unnest(generate_series(
                date_trunc('month', min(ordered_date)),
                {{ business_date(as_of()) }},
                interval 1 month
            )),
            '%Y%m'
        ) as period
    from {{ ref('int_order_line') }}

),

shelves as (

    select distinct
        sku_id,
        location_id
    from valuations

),

grid as (

    select
        shelves.sku_id,
        shelves.location_id,
        months.period
    from shelves
    cross join months

),

final as (

    select
        ---------- ids
        grid.sku_id,
        grid.location_id,
        grid.period,

        ---------- figures
        valuations.unit_cost,
        coalesce(turns.days_in_stock, first_turns.days_in_stock)
            as days_in_stock

    from grid
    left join valuations
        on
            grid.sku_id = valuations.sku_id
            and grid.location_id = valuations.location_id
            and grid.period = valuations.period
    asof left join turns
        on
            grid.sku_id = turns.sku_id
            and grid.location_id = turns.location_id
            and grid.period >= turns.period
    left join first_turns
        on
            grid.sku_id = first_turns.sku_id
            and grid.location_id = first_turns.location_id

)

select * from final
