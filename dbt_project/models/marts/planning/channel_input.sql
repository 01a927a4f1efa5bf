{{ config(tags=['planning']) }}
{%- set today = business_date(as_of()) %}

with

inputs as (

    select * from {{ ref('replenishment_input') }}
    where stock_known and unit_cost is not null

),

economics as (

    select * from {{ ref('unit_economics') }}

),

positions as (

    select * from {{ ref('inventory_position') }}

),

shops as (

    select * from {{ ref('int_shop') }}

),

promotions as (

    select * from {{ ref('planned_price') }}
    where
        plan_kind = 'promotion'
        and shop_id != '*'
        and stock_quota > 0
        and (is_announced or starts_at <= {{ as_of() }})

),

lines as (

    select
        sku_id,
        natural_location_id as location_id,
        shop_id,
        ordered_at,
        demand_qty,
        sold_qty,
        net_revenue_amount - freight_income_amount as goods_revenue_amount,
        is_gift
    from {{ ref('int_order_line') }}
    where
        fulfil_mode = 'own'
        and exclusion_reason is null
        and demand_qty > 0
        and shop_id is not null
        and ordered_date >= {{ today }} - {{ var('channel_days') }}
        and ordered_date < {{ today }}

),

-- a shop that sells a SKU somewhere may sell it from any warehouse
listed as (

    select
        sku_id,
        shop_id,
        sum(demand_qty) as demand_qty,
        sum(sold_qty) filter (where not is_gift) as sold_qty,
        sum(goods_revenue_amount) filter (where not is_gift)
            as goods_revenue_amount,
        sum(demand_qty) / nullif(sum(sum(demand_qty)) over (
            partition by sku_id
        ), 0) as sku_share
    from lines
    group by sku_id, shop_id

),

placed as (

    select
        sku_id,
        location_id,
        shop_id,
        sum(demand_qty) as demand_qty
    from lines
    group by sku_id, location_id, shop_id

),

-- few units tell little of a place or a price: what all places show stands in
shared as (

    select
        inputs.sku_id,
        inputs.location_id,
        inputs.sku_name,
        inputs.home_currency as currency,
        inputs.available_qty,
        inputs.lead_time_days,
        inputs.unit_price as usual_price,
        listed.shop_id,
        coalesce(placed.demand_qty, 0) as demand_qty,
        coalesce(placed.demand_qty, 0)
        / nullif(listed.demand_qty, 0) as place_share,
        coalesce(placed.demand_qty, 0)
        + {{ var('channel_prior_units') }} * listed.sku_share as weight,
        (
            coalesce(listed.goods_revenue_amount, 0)
            + {{ var('channel_prior_units') }} * inputs.unit_price
        )
        / (
            coalesce(listed.sold_qty, 0) + {{ var('channel_prior_units') }}
        ) as unit_price
    from inputs
    inner join listed on inputs.sku_id = listed.sku_id
    left join placed
        on
            inputs.sku_id = placed.sku_id
            and inputs.location_id = placed.location_id
            and listed.shop_id = placed.shop_id

),

-- what a campaign of one shop was promised and has not sold since its start
promised as (

    select
        promotions.sku_id,
        promotions.shop_id,
        promotions.campaign_id,
        any_value(promotions.starts_at) as starts_at,
        any_value(promotions.ends_at) as ends_at,
        greatest(
            any_value(promotions.stock_quota)
            - coalesce(
                sum(lines.demand_qty) filter (
                    where lines.ordered_at >= promotions.starts_at
                ), 0
            ),
            0
        ) as left_qty
    from promotions
    left join lines
        on
            promotions.sku_id = lines.sku_id
            and promotions.shop_id = lines.shop_id
    group by
        promotions.sku_id,
        promotions.shop_id,
        promotions.campaign_id,
        promotions.source_system

),

targets as (

    select
        segment,
        warehouse_id,
        arg_max(target, valid_from) as target
    from {{ ref('stg_policy__service_target') }}
    where
        valid_from <= {{ today }}
        and (valid_to is null or valid_to > {{ today }})
    group by segment, warehouse_id

),

-- more comes with the next arrival that is not overdue, else with an order
dated as (

    select
        shared.*,
        least(
            coalesce(
                case
                    when positions.next_expected_date > {{ today }}
                        then positions.next_expected_date
                end,
                date '9999-12-31'
            ),
            {{ today }}
            + cast(greatest(ceil(coalesce(
                shared.lead_time_days, {{ var('default_lead_time_days') }}
            )), 1) as integer)
        ) as more_comes_date
    from shared
    left join positions
        on
            shared.sku_id = positions.sku_id
            and shared.location_id = positions.location_id

),

committed as (

    select
        dated.sku_id,
        dated.location_id,
        dated.shop_id,
        floor({{ exact_sum("promised.left_qty * dated.place_share") }})
            as committed_qty,
        {{ business_date('max(promised.ends_at)') }} + 1 as over_date
    from dated
    inner join promised
        on
            dated.sku_id = promised.sku_id
            and dated.shop_id = promised.shop_id
            and {{ business_date('promised.starts_at') }}
            < dated.more_comes_date
    group by dated.sku_id, dated.location_id, dated.shop_id
    having
        {{ exact_sum("promised.left_qty * dated.place_share") }} >= 1

),

final as (

    select
        ---------- ids
        dated.sku_id,
        dated.location_id,
        dated.shop_id,

        ---------- text
        dated.sku_name,
        shops.shop_name,
        shops.platform,
        dated.currency,

        ---------- quantities
        cast(floor(greatest(dated.available_qty, 0)) as bigint)
            as available_qty,
        {{ qty("dated.demand_qty") }} as demand_qty,
        cast(coalesce(committed.committed_qty, 0) as bigint) as committed_qty,

        ---------- rates
        cast(
            cast(dated.weight as decimal(38, 12))
            / nullif({{ exact_sum("dated.weight") }} over (
                partition by dated.sku_id, dated.location_id
            ), 0) as double
        ) as demand_share,
        cast(coalesce(here.target, anywhere.target) as double)
            as service_target,
        cast(coalesce(shops.commission_rate, 0) as double) as commission_rate,

        ---------- money
        {{ money("dated.unit_price") }} as unit_price,
        -- the shop's own commission in the place of that of all shops
        {{ money(
            "dated.unit_price * (1 - economics.taken_share "
            "+ coalesce(selling.commission_share, 0) "
            "- coalesce(shops.commission_rate, 0) "
            "* coalesce(selling.charged_share, 1)) "
            "- economics.selling_cost - economics.landed_unit_cost"
        ) }} as unit_margin,

        ---------- dates
        dated.more_comes_date,
        -- what is kept for campaigns is free again once they are over
        least(
            dated.more_comes_date,
            coalesce(
                max(committed.over_date) over (
                    partition by dated.sku_id, dated.location_id
                ),
                dated.more_comes_date
            )
        ) as split_until_date

    from dated
    inner join economics
        on
            dated.sku_id = economics.sku_id
            and dated.location_id = economics.location_id
    left join {{ ref('int_selling_cost') }} as selling
        on dated.sku_id = selling.sku_id
    left join shops on dated.shop_id = shops.shop_id
    left join committed
        on
            dated.sku_id = committed.sku_id
            and dated.location_id = committed.location_id
            and dated.shop_id = committed.shop_id
    -- a rule for a shop names it as its segment
    left join targets as here
        on
            dated.shop_id = here.segment
            and dated.location_id = here.warehouse_id
    left join targets as anywhere
        on
            dated.shop_id = anywhere.segment
            and anywhere.warehouse_id = '*'
    where dated.unit_price is not null

)

select * from final
