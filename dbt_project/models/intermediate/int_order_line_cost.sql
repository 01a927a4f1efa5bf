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

-- the other lines that share what the ledger booked: those to replace are gone
sharing as (

    select
        order_line_id,
        sku_id,
        location_id,
        fulfil_mode,
        sold_qty,
        posted_at
    from dated
    where posted_at is not null

    {% if changed %}
        union all

        select
            order_line_id,
            sku_id,
            location_id,
            fulfil_mode,
            sold_qty,
            posted_at
        from {{ this }}
        where posted_at is not null
    {% endif %}

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
    from sharing
    where fulfil_mode = 'own'
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

    select * from {{ ref('int_dropship_confirmation') }}

),

dropship_prices as (

    select * from {{ ref('int_dropship_price') }}

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
    from sharing
    where fulfil_mode = 'own'
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
            when dated.recognised_date is not null then stock_turns.unit_cost
        end as valued_unit_cost,
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
            when valued_unit_cost is not null then 'valuation'
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
                    valued_unit_cost,
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
            else coalesce(stock_turns.days_in_stock, 0)
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
    left join {{ ref('int_stock_turn') }} as stock_turns
        on
            dated.sku_id = stock_turns.sku_id
            and dated.location_id = stock_turns.location_id
            and {{ month_of_turn('dated') }} = stock_turns.period
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

-- what bears the amount that the ledger booked; by another method only some
-- lines do
bearing as (

    select
        posted_at,
        sku_id,
        order_line_id,
        rounded_cost
    from costed
    where
        landed_cost_source = 'ledger'
        and '{{ var("costing_method") }}' = 'booked'

    {% if changed and var("costing_method") == "booked" %}
        union all

        select
            old.posted_at,
            old.sku_id,
            old.order_line_id,
            {{ money("old.unit_cost * old.sold_qty") }} as rounded_cost
        from {{ this }} as old
        semi join costed
            on
                old.posted_at = costed.posted_at
                and old.sku_id = costed.sku_id
        where old.landed_cost_source = 'ledger'
    {% endif %}

),

-- what rounding left of it, to one of them
remainders as (

    select
        bearing.posted_at,
        bearing.sku_id,
        max(bearing.order_line_id) as order_line_id,
        any_value(posted_costs.amount) - sum(bearing.rounded_cost) as amount
    from bearing
    inner join posted_costs
        on
            bearing.posted_at = posted_costs.posted_at
            and bearing.sku_id = posted_costs.sku_id
    group by bearing.posted_at, bearing.sku_id

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
