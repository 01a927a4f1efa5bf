{{ config(
    materialized='table',
    unit=['order_line_id'],
    changed_by='changed_order_line_costs',
    tells=['order_line_id']
) }}
{%- set changed = changed_order_line_costs() %}

-- What each order line's goods cost. Own goods: by the method chosen, else as
-- the general ledger booked them, as the stock ledger prices them, by the
-- month's valuation, at the latest known cost. Dropship: what the supplier
-- confirmed. Beside it, the line's share of the warehouse and of capital.
with

dated as (

    select * from {{ ref('int_sold_line') }}
    where {{ is_changed('order_line_id', changed) }}

),

-- of a bundle, all its components
left_goods as (

    select
        goods.order_line_id,
        sum(goods.fifo_cost_amount) as fifo_cost_amount,
        sum(goods.average_cost_amount) as average_cost_amount,
        sum(goods.fifo_cost_amount)
        / nullif(any_value(dated.shipped_qty), 0) as fifo_unit_cost,
        sum(goods.average_cost_amount)
        / nullif(any_value(dated.shipped_qty), 0) as average_unit_cost,
        case '{{ var("costing_method") }}'
            when 'booked' then null
            when 'moving_average' then average_unit_cost
            when 'fifo' then fifo_unit_cost
            else
                error(
                    'costing_method must be booked, moving_average or fifo: '
                    || 'correct it among the vars of dbt_project.yml'
                )
        end as chosen_unit_cost
    from {{ ref('cost_of_goods') }} as goods
    inner join dated on goods.order_line_id = dated.order_line_id
    group by goods.order_line_id
    having bool_and(goods.is_cost_known)

),

postings as (

    select * from {{ ref('int_ledger_posting') }}

),

sold_units as (

    select
        posted_at,
        sku_id,
        sum(sold_qty) as sold_qty
    from dated
    where posted_at is not null and fulfil_mode = 'own'
    group by posted_at, sku_id

),

posted_costs as (

    select
        postings.posted_at,
        postings.sku_id,
        sum(postings.amount) as amount,
        sum(postings.amount) / nullif(any_value(sold_units.sold_qty), 0)
            as unit_cost
    from postings
    inner join sold_units
        on
            postings.posted_at = sold_units.posted_at
            and postings.sku_id = sold_units.sku_id
    where
        postings.role = 'cogs'
        and postings.source_type = 'sales_order'
        and postings.moves_stock
    group by postings.posted_at, postings.sku_id

),

-- a dropship supplier sends its own goods: its price is our cost
confirmed_costs as (

    select
        supplier_id,
        sku_id,
        received_date,
        sum(unit_cost * accepted_qty) / nullif(sum(accepted_qty), 0)
            as unit_cost
    from {{ ref('int_receipt_line') }}
    where receipt_type = 'dropship_confirm' and unit_cost > 0
    group by supplier_id, sku_id, received_date

),

dropship_prices as (

    select
        supplier_id,
        sku_id,
        min(net_purchase_price) as unit_cost
    from {{ ref('int_supplier_term') }}
    where net_purchase_price > 0
    group by supplier_id, sku_id

),

valuations as (

    select
        sku_id,
        coalesce(warehouse_id, '') as warehouse_id,
        period,
        sum(out_amount) / nullif(sum(out_qty), 0) as unit_cost,
        (sum(opening_amount) + sum(closing_amount)) / 2
        / nullif(sum(out_amount), 0) as months_in_stock
    from {{ ref('stg_finance__inventory_valuation') }}
    where length(period) = 6
    group by sku_id, coalesce(warehouse_id, ''), period

),

stock_turn as (

    select
        sku_id,
        warehouse_id,
        -- at most a year: what hardly sells says little of its days
        least(arg_max(months_in_stock, period) * 30.4, 365) as days_in_stock
    from valuations
    where months_in_stock >= 0
    group by sku_id, warehouse_id

),

capital_rate as (

    select {{ yearly_capital_rate() }} as per_year

),

handled as (

    select
        posted_at,
        location_id,
        count(*) as handled_lines,
        max(order_line_id) as last_line_id
    from dated
    where posted_at is not null and fulfil_mode = 'own'
    group by posted_at, location_id

),

warehouse_costs as (

    select
        postings.posted_at,
        postings.warehouse_id as location_id,
        {{ money(
            "sum(postings.amount) "
            "/ nullif(any_value(handled.handled_lines), 0)"
        ) }} as cost_per_line,
        -- what rounding left, to one line
        sum(postings.amount)
        - any_value(handled.handled_lines) * {{ money(
            "sum(postings.amount) "
            "/ nullif(any_value(handled.handled_lines), 0)"
        ) }} as remainder,
        any_value(handled.last_line_id) as last_line_id
    from postings
    inner join handled
        on
            postings.posted_at = handled.posted_at
            and postings.warehouse_id = handled.location_id
    where postings.role = 'warehouse_cost'
    group by postings.posted_at, postings.warehouse_id

),

latest_warehouse_costs as (

    select
        location_id,
        arg_max(cost_per_line, posted_at) as cost_per_line
    from warehouse_costs
    group by location_id

),

costs as (

    select * from {{ ref('int_unit_cost') }}

),

joined as (

    select
        dated.*,
        case
            when dated.fulfil_mode = 'merchant' then 'none'
            when dated.fulfil_mode = 'dropship'
                then
                    case
                        when confirmed_costs.unit_cost is not null
                            then 'dropship_confirmation'
                        when dropship_prices.unit_cost is not null
                            then 'dropship_price'
                        when
                            coalesce(costs.unit_cost, anywhere.unit_cost)
                            is not null
                            then 'latest'
                        else 'none'
                    end
            when left_goods.chosen_unit_cost is not null
                then '{{ var("costing_method") }}'
            when posted_costs.unit_cost is not null then 'ledger'
            when left_goods.average_unit_cost is not null
                then 'moving_average'
            when valuations.unit_cost is not null then 'valuation'
            when coalesce(costs.unit_cost, anywhere.unit_cost) is not null
                then 'latest'
            else 'none'
        end as landed_cost_source,
        case
            when dated.fulfil_mode = 'merchant' then 0
            when dated.fulfil_mode = 'dropship'
                then
                    coalesce(
                        confirmed_costs.unit_cost,
                        dropship_prices.unit_cost,
                        costs.unit_cost,
                        anywhere.unit_cost
                    )
            else
                coalesce(
                    left_goods.chosen_unit_cost,
                    posted_costs.unit_cost,
                    left_goods.average_unit_cost,
                    valuations.unit_cost,
                    costs.unit_cost,
                    anywhere.unit_cost
                )
        end as unit_cost,
        case
            when dated.fulfil_mode != 'own' then 0
            -- handled only once it leaves
            when dated.recognised_date is null then 0
            else
                coalesce(
                    warehouse_costs.cost_per_line,
                    latest_warehouse_costs.cost_per_line,
                    0
                )
                + case
                    when dated.order_line_id = warehouse_costs.last_line_id
                        then warehouse_costs.remainder
                    else 0
                end
        end as warehouse_cost,
        case
            when dated.fulfil_mode != 'own' then 0
            else coalesce(stock_turn.days_in_stock, 0)
        end as days_in_stock,
        capital_rate.per_year as capital_rate,
        left_goods.fifo_cost_amount,
        left_goods.average_cost_amount
    from dated
    left join left_goods on dated.order_line_id = left_goods.order_line_id
    left join posted_costs
        on
            dated.posted_at = posted_costs.posted_at
            and dated.sku_id = posted_costs.sku_id
    left join confirmed_costs
        on
            dated.supplier_id = confirmed_costs.supplier_id
            and dated.sku_id = confirmed_costs.sku_id
            and dated.recognised_date = confirmed_costs.received_date
    left join dropship_prices
        on
            dated.sku_id = dropship_prices.sku_id
            and dated.supplier_id = dropship_prices.supplier_id
    left join valuations
        on
            dated.sku_id = valuations.sku_id
            and dated.location_id = valuations.warehouse_id
            and strftime(dated.recognised_date, '%Y%m') = valuations.period
    left join stock_turn
        on
            dated.sku_id = stock_turn.sku_id
            and dated.location_id = stock_turn.warehouse_id
    left join costs
        on
            dated.sku_id = costs.sku_id
            and dated.location_id = costs.location_id
    left join costs as anywhere
        on dated.sku_id = anywhere.sku_id and anywhere.location_id = '*'
    left join warehouse_costs
        on
            dated.posted_at = warehouse_costs.posted_at
            and dated.location_id = warehouse_costs.location_id
    left join latest_warehouse_costs
        on dated.location_id = latest_warehouse_costs.location_id
    cross join capital_rate

),

costed as (

    select
        *,
        case
            when unit_cost is null then 0
            else {{ money("unit_cost * sold_qty") }}
        end as rounded_cost
    from joined

),

-- what rounding left of each amount that the ledger booked, to one line of it
remainders as (

    select
        costed.posted_at,
        costed.sku_id,
        max(costed.order_line_id) as order_line_id,
        any_value(posted_costs.amount) - sum(costed.rounded_cost) as amount
    from costed
    inner join posted_costs
        on
            costed.posted_at = posted_costs.posted_at
            and costed.sku_id = posted_costs.sku_id
    where
        costed.landed_cost_source = 'ledger'
        -- by another method only some lines bear what was booked
        and '{{ var("costing_method") }}' = 'booked'
    group by costed.posted_at, costed.sku_id

),

final as (

    select
        ---------- ids
        costed.order_line_id,
        costed.sku_id,
        costed.location_id,
        costed.supplier_id,

        ---------- text
        costed.fulfil_mode,
        costed.landed_cost_source,

        ---------- quantities
        costed.sold_qty,
        costed.shipped_qty,

        ---------- rates
        costed.capital_rate,

        ---------- money
        costed.unit_cost,
        {{ money("costed.rounded_cost + coalesce(remainders.amount, 0)") }}
            as landed_cost_amount,
        costed.fifo_cost_amount,
        costed.average_cost_amount,
        {{ money("costed.warehouse_cost") }} as warehouse_cost_amount,
        case
            when costed.unit_cost is null or costed.days_in_stock = 0 then 0
            else
                {{ money(
                    "round(costed.rounded_cost * costed.capital_rate "
                    "* costed.days_in_stock / 365, 4)"
                ) }}
        end as capital_cost_amount,

        ---------- dates
        costed.recognised_date,
        costed.posted_at

    from costed
    left join remainders
        on costed.order_line_id = remainders.order_line_id

)

select * from final
