{%- set today = business_date(as_of()) %}

with

inputs as (

    select * from {{ ref('replenishment_input') }}

),

-- a year back from the last day that was counted
counts as (

    select *
    from {{ ref('int_stock_day_end') }}
    where
        stock_date >= {{ today }} - 364
        and stock_date < {{ today }}

),

-- days on which the warehouse was counted, from that one on
counted_days as (

    select
        location_id,
        stock_date,
        row_number() over (
            partition by location_id
            order by stock_date desc
        ) as days
    from counts
    group by location_id, stock_date

),

unit_costs as (

    select * from {{ ref('int_unit_cost') }}

),

-- a day without a row of the SKU is a day without stock of it
stock as (

    select
        counts.sku_id,
        counts.location_id,
        min(counts.stock_date) as first_date,
        sum(counts.on_hand_qty) as unit_days,
        sum(coalesce(
            counts.on_hand_amount,
            counts.on_hand_qty
            * coalesce(unit_costs.unit_cost, anywhere.unit_cost)
        )) as money_days
    from counts
    left join unit_costs
        on
            counts.sku_id = unit_costs.sku_id
            and counts.location_id = unit_costs.location_id
    left join unit_costs as anywhere
        on counts.sku_id = anywhere.sku_id and anywhere.location_id = '*'
    group by counts.sku_id, counts.location_id

),

averages as (

    select
        stock.sku_id,
        stock.location_id,
        stock.first_date,
        counted_days.days,
        stock.unit_days / counted_days.days as average_qty,
        stock.money_days / counted_days.days as average_amount
    from stock
    inner join counted_days
        on
            stock.location_id = counted_days.location_id
            and stock.first_date = counted_days.stock_date

),

-- what left for customers less what came back, at the cost of its layers
outflows as (

    select
        moves.sku_id,
        moves.location_id,
        -sum(moves.qty) as sold_qty,
        -sum(moves.fifo_amount) as cogs_amount
    from {{ ref('int_stock_cost') }} as moves
    inner join averages
        on
            moves.sku_id = averages.sku_id
            and moves.location_id = averages.location_id
    where
        moves.move_type in ('sale_out', 'return_in')
        and {{ business_date("moves.occurred_at") }} >= averages.first_date
        and {{ business_date("moves.occurred_at") }} < {{ today }}
    group by moves.sku_id, moves.location_id

),

sales as (

    select
        waterfall.sku_id,
        waterfall.location_id,
        sum(waterfall.sold_qty) as sold_qty,
        sum(waterfall.net_revenue_amount + waterfall.refund_amount)
            as net_sales_amount,
        -sum(waterfall.landed_cost_amount + waterfall.return_recovery_amount)
            as cogs_amount,
        sum(
            waterfall.net_revenue_amount
            + waterfall.refund_amount
            + waterfall.landed_cost_amount
            + waterfall.return_recovery_amount
            + waterfall.return_loss_amount
        ) as gross_margin_amount
    from {{ ref('profit_waterfall') }} as waterfall
    left join averages
        on
            waterfall.sku_id = averages.sku_id
            and waterfall.location_id = averages.location_id
    where
        waterfall.fulfil_mode = 'own'
        and waterfall.recognised_date
        >= coalesce(averages.first_date, {{ today }} - 364)
        and waterfall.recognised_date < {{ today }}
    group by waterfall.sku_id, waterfall.location_id

),

ranked as (

    select
        inputs.sku_id,
        inputs.location_id,
        sales.net_sales_amount,
        -- of the sales of items that sell better
        (
            sum(greatest(sales.net_sales_amount, 0)) over best_first
            - greatest(sales.net_sales_amount, 0)
        ) / nullif(
            sum(greatest(sales.net_sales_amount, 0)) over (
                partition by inputs.location_id
            ), 0
        ) as share_before
    from inputs
    left join sales
        on
            inputs.sku_id = sales.sku_id
            and inputs.location_id = sales.location_id
    window best_first as (
        partition by inputs.location_id
        order by sales.net_sales_amount desc nulls last, inputs.sku_id
        rows between unbounded preceding and current row
    )

),

weekly as (

    select
        sku_id,
        location_id,
        cast(
            floor((date_diff('day', demand_date, {{ today }}) - 1) / 7.0)
            as bigint
        ) as weeks_ago,
        sum(gross_demand_qty) as qty,
        count(*) filter (where is_stocked_out) >= 4 as is_out
    from {{ ref('demand_history') }}
    where
        fulfil_mode = 'own'
        and is_complete_day
        and demand_date >= {{ today }} - 26 * 7
    group by sku_id, location_id, weeks_ago

),

-- whole weeks since the first demand that is known; bulk orders tell nothing
-- of how steadily the others buy
spans as (

    select
        sku_id,
        location_id,
        least(
            26, date_diff('day', min(demand_date), {{ today }}) // 7
        ) as weeks
    from {{ ref('demand_history') }}
    where fulfil_mode = 'own' and is_complete_day and gross_demand_qty > 0
    group by sku_id, location_id

),

-- weeks that were mostly out of stock tell nothing of demand
variations as (

    select
        weekly.sku_id,
        weekly.location_id,
        any_value(spans.weeks) - count(*) filter (where weekly.is_out)
            as weeks,
        sum(weekly.qty) filter (where not weekly.is_out) as qty,
        sum(weekly.qty * weekly.qty) filter (where not weekly.is_out)
            as squares
    from weekly
    inner join spans
        on
            weekly.sku_id = spans.sku_id
            and weekly.location_id = spans.location_id
            and weekly.weeks_ago < spans.weeks
    group by weekly.sku_id, weekly.location_id

),

joined as (

    select
        inputs.sku_id,
        inputs.location_id,
        inputs.supplier_id,
        inputs.category_id,
        inputs.sku_name,
        lifecycles.stage,
        ranked.share_before,
        averages.days,
        averages.average_qty,
        averages.average_amount,
        sales.net_sales_amount,
        sales.gross_margin_amount,
        positions.on_hand_qty,
        positions.on_hand_amount,
        health.cover_days,
        health.status,
        coalesce(outflows.sold_qty, sales.sold_qty, 0) as sold_qty,
        coalesce(outflows.cogs_amount, sales.cogs_amount, 0) as cogs_amount,
        case
            when variations.weeks >= 8 and variations.qty > 0
                then
                    sqrt(
                        cast(
                            variations.weeks * variations.squares
                            - variations.qty * variations.qty as double
                        ) / (variations.weeks * (variations.weeks - 1))
                    ) / (cast(variations.qty as double) / variations.weeks)
        end as variation,
        {{ yearly_capital_rate() }} as capital_rate
    from inputs
    left join ranked
        on
            inputs.sku_id = ranked.sku_id
            and inputs.location_id = ranked.location_id
    left join averages
        on
            inputs.sku_id = averages.sku_id
            and inputs.location_id = averages.location_id
    left join outflows
        on
            inputs.sku_id = outflows.sku_id
            and inputs.location_id = outflows.location_id
    left join sales
        on
            inputs.sku_id = sales.sku_id
            and inputs.location_id = sales.location_id
    left join variations
        on
            inputs.sku_id = variations.sku_id
            and inputs.location_id = variations.location_id
    left join {{ ref('inventory_position') }} as positions
        on
            inputs.sku_id = positions.sku_id
            and inputs.location_id = positions.location_id
    left join {{ ref('inventory_health') }} as health
        on
            inputs.sku_id = health.sku_id
            and inputs.location_id = health.location_id
    left join {{ ref('sku_lifecycle') }} as lifecycles
        on inputs.sku_id = lifecycles.sku_id

),

classed as (

    select
        *,
        -- who starts within the first 80 % of sales is A
        case
            when coalesce(net_sales_amount, 0) <= 0 then 'C'
            when share_before < {{ var('abc_a_share') }} then 'A'
            when share_before < {{ var('abc_b_share') }} then 'B'
            else 'C'
        end as abc_class,
        case
            when variation <= {{ var('xyz_x_variation') }} then 'X'
            when variation <= {{ var('xyz_y_variation') }} then 'Y'
            when variation is not null then 'Z'
        end as xyz_class,
        -- of a year, where at least four weeks were counted
        case when days >= 28 then 365.0 / days end as year_factor
    from joined

),

final as (

    select
        ---------- ids
        sku_id,
        location_id,
        supplier_id,
        category_id,

        ---------- text
        sku_name,
        status,
        stage,
        abc_class,
        xyz_class,
        abc_class || coalesce(xyz_class, '-') as abc_xyz,

        ---------- over the days counted
        days as counted_days,
        {{ qty("average_qty") }} as average_stock_qty,
        {{ qty("sold_qty") }} as sold_qty,
        {{ money("average_amount") }} as average_stock_amount,
        {{ money("cogs_amount") }} as cogs_amount,
        {{ money("coalesce(net_sales_amount, 0)") }} as net_sales_amount,
        {{ money("coalesce(gross_margin_amount, 0)") }} as gross_margin_amount,
        {{ money("average_amount * capital_rate * days / 365") }}
            as capital_cost_amount,

        ---------- of a year
        round(
            cast(cogs_amount * year_factor as double)
            / nullif(cast(average_amount as double), 0),
            6
        ) as turns,
        round(
            cast(gross_margin_amount * year_factor as double)
            / nullif(cast(average_amount as double), 0),
            6
        ) as gmroi,
        round(
            cast(average_amount * days as double)
            / nullif(cast(greatest(cogs_amount, 0) as double), 0),
            6
        ) as days_in_stock,
        round(variation, 6) as weekly_variation,

        ---------- today
        {{ qty("coalesce(on_hand_qty, 0)") }} as on_hand_qty,
        {{ money("on_hand_amount") }} as on_hand_amount,
        cover_days

    from classed

)

select * from final
