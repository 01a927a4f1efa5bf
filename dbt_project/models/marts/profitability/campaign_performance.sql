-- A campaign's days against ordinary days of the four weeks before it and of
-- the two weeks after it, and what its siblings sold meanwhile. Days to come
-- are in none of them.
with

today as (

    select cast({{ business_date(as_of()) }} - 1 as date) as last_day

),

lines as (

    select
        waterfall.sku_id,
        waterfall.shop_id,
        waterfall.ordered_date,
        waterfall.sold_qty,
        waterfall.profit_amount,
        -waterfall.item_discount_amount as item_discount,
        -waterfall.shop_discount_amount as shop_discount,
        -waterfall.platform_discount_amount as platform_discount,
        -waterfall.supplier_discount_amount as supplier_discount,
        -- with the tax that the discounts hold too
        (waterfall.platform_funding_amount + waterfall.supplier_funding_amount)
        * (1 + coalesce(order_lines.tax_in_price_rate, 0)) as funding,
        -waterfall.marketing_amount as spend
    from {{ ref('profit_waterfall') }} as waterfall
    inner join {{ ref('int_order_line') }} as order_lines
        on waterfall.order_line_id = order_lines.order_line_id
    -- what customers chose: no samples, resends, bulk orders or merchants
    where
        order_lines.exclusion_reason is null
        and waterfall.order_type != 'exchange'
        and waterfall.fulfil_mode != 'merchant'

),

promoted_days as (

    select distinct
        sku_id,
        shop_id,
        ordered_date
    from {{ ref('int_promoted_day') }}

),

daily as (

    select
        lines.sku_id,
        lines.shop_id,
        lines.ordered_date,
        any_value(promoted_days.sku_id) is not null as is_promoted,
        sum(lines.sold_qty) as sold_qty,
        sum(lines.profit_amount) as profit_amount,
        sum(lines.item_discount) as item_discount,
        sum(lines.shop_discount) as shop_discount,
        sum(lines.platform_discount) as platform_discount,
        sum(lines.supplier_discount) as supplier_discount,
        sum(lines.funding) as funding,
        sum(lines.spend) as spend
    from lines
    left join promoted_days
        on
            lines.sku_id = promoted_days.sku_id
            and lines.shop_id = promoted_days.shop_id
            and lines.ordered_date = promoted_days.ordered_date
    group by lines.sku_id, lines.shop_id, lines.ordered_date

),

first_sale as (

    select min(ordered_date) as first_day from daily

),

spans as (

    select
        campaign_skus.source_system,
        campaign_skus.campaign_id,
        campaign_skus.sku_id,
        coalesce(campaign_skus.shop_id, '*') as shop_id,
        skus.spu_id,
        coalesce(campaign_skus.planned_units, campaign_skus.stock_quota)
            as planned_units,
        costs.unit_cost,
        campaigns.name as campaign_name,
        campaigns.tool,
        {{ business_date("campaigns.starts_at") }} as starts_on,
        {{ business_date("campaigns.ends_at") }} as ends_on,
        least({{ business_date("campaigns.ends_at") }}, today.last_day)
            as live_until,
        greatest(
            cast({{ business_date("campaigns.starts_at") }} - 28 as date),
            first_sale.first_day
        ) as before_from,
        today.last_day
    from {{ ref('stg_marketing__campaign_sku') }} as campaign_skus
    inner join {{ ref('stg_marketing__campaign') }} as campaigns
        on
            campaign_skus.source_system = campaigns.source_system
            and campaign_skus.campaign_id = campaigns.campaign_id
    left join {{ ref('int_sku') }} as skus
        on campaign_skus.sku_id = skus.sku_id
    left join {{ ref('int_unit_cost') }} as costs
        on
            campaign_skus.sku_id = costs.sku_id
            and costs.location_id = '*'
    cross join today
    cross join first_sale
    where {{ business_date("campaigns.starts_at") }} <= today.last_day

),

out_of_stock as (

    select
        sku_id,
        stock_date
    from {{ ref('int_stock_day_end') }}
    group by sku_id, stock_date
    having sum(sellable_qty) <= 0

),

stock_outs as (

    select
        spans.source_system,
        spans.campaign_id,
        spans.sku_id,
        spans.shop_id,
        count(*) filter (out_of_stock.stock_date < spans.starts_on)
            as days_before,
        count(*) filter (
            out_of_stock.stock_date between spans.starts_on and spans.live_until
        ) as days_during,
        count(*) filter (out_of_stock.stock_date > spans.ends_on)
            as days_after
    from spans
    inner join out_of_stock
        on
            spans.sku_id = out_of_stock.sku_id
            and out_of_stock.stock_date
            between spans.before_from and spans.ends_on + 14
    group by all

),

sold as (

    select
        spans.source_system,
        spans.campaign_id,
        spans.sku_id,
        spans.shop_id,
        count(distinct daily.ordered_date) filter (
            daily.ordered_date < spans.starts_on and daily.is_promoted
        ) as promoted_days_before,
        sum(daily.sold_qty) filter (
            daily.ordered_date < spans.starts_on and not daily.is_promoted
        ) as before_units,
        sum(daily.profit_amount) filter (
            daily.ordered_date < spans.starts_on and not daily.is_promoted
        ) as before_profit,
        sum(daily.sold_qty) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as during_units,
        sum(daily.profit_amount) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as during_profit,
        sum(daily.item_discount) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as item_discount,
        sum(daily.shop_discount) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as shop_discount,
        sum(daily.platform_discount) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as platform_discount,
        sum(daily.supplier_discount) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as supplier_discount,
        sum(daily.funding) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as funding,
        sum(daily.spend) filter (
            daily.ordered_date between spans.starts_on and spans.live_until
        ) as spend,
        count(distinct daily.ordered_date) filter (
            daily.ordered_date > spans.ends_on and daily.is_promoted
        ) as promoted_days_after,
        sum(daily.sold_qty) filter (
            daily.ordered_date > spans.ends_on and not daily.is_promoted
        ) as after_units
    from spans
    inner join daily
        on
            spans.sku_id = daily.sku_id
            and spans.shop_id in (daily.shop_id, '*', '')
            and daily.ordered_date between spans.before_from
            and spans.ends_on + 14
    group by all

),

-- other SKUs of the same product that the campaign leaves out
sibling_spans as (

    select distinct
        spans.source_system,
        spans.campaign_id,
        spans.spu_id,
        spans.shop_id,
        spans.before_from,
        spans.starts_on,
        spans.live_until,
        siblings.sku_id
    from spans
    inner join {{ ref('int_sku') }} as siblings
        on spans.spu_id = siblings.spu_id
    anti join spans as same
        on
            spans.source_system = same.source_system
            and spans.campaign_id = same.campaign_id
            and siblings.sku_id = same.sku_id

),

siblings_sold as (

    select
        sibling_spans.source_system,
        sibling_spans.campaign_id,
        sibling_spans.spu_id,
        sibling_spans.shop_id,
        any_value(sibling_spans.starts_on - sibling_spans.before_from)
            as before_days,
        any_value(sibling_spans.live_until - sibling_spans.starts_on + 1)
            as live_days,
        sum(daily.sold_qty) filter (
            daily.ordered_date < sibling_spans.starts_on
        ) as before_units,
        sum(daily.profit_amount) filter (
            daily.ordered_date < sibling_spans.starts_on
        ) as before_profit,
        sum(daily.sold_qty) filter (
            daily.ordered_date >= sibling_spans.starts_on
        ) as during_units
    from sibling_spans
    inner join daily
        on
            sibling_spans.sku_id = daily.sku_id
            and sibling_spans.shop_id in (daily.shop_id, '*', '')
            and daily.ordered_date
            between sibling_spans.before_from and sibling_spans.live_until
    group by
        sibling_spans.source_system,
        sibling_spans.campaign_id,
        sibling_spans.spu_id,
        sibling_spans.shop_id

),

measured as (

    select
        spans.*,
        spans.live_until - spans.starts_on + 1 as live_days,
        spans.starts_on - spans.before_from
        - coalesce(sold.promoted_days_before, 0)
        - coalesce(stock_outs.days_before, 0) as baseline_days,
        coalesce(stock_outs.days_during, 0) as stock_out_days,
        coalesce(sold.before_units, 0) as before_units,
        sold.before_profit / nullif(sold.before_units, 0) as unit_profit,
        coalesce(sold.during_units, 0) as during_units,
        coalesce(sold.during_profit, 0) as during_profit,
        coalesce(sold.item_discount, 0) as item_discount,
        coalesce(sold.shop_discount, 0) as shop_discount,
        coalesce(sold.platform_discount, 0) as platform_discount,
        coalesce(sold.supplier_discount, 0) as supplier_discount,
        coalesce(sold.funding, 0) as funding,
        coalesce(sold.spend, 0) as spend,
        14
        - coalesce(sold.promoted_days_after, 0)
        - coalesce(stock_outs.days_after, 0) as after_days,
        coalesce(sold.after_units, 0) as after_units,
        -- shared by the product's SKUs in the campaign
        (
            coalesce(siblings_sold.before_units, 0)
            * siblings_sold.live_days
            / nullif(siblings_sold.before_days, 0)
            - coalesce(siblings_sold.during_units, 0)
        ) / count(*) over product as sibling_loss,
        siblings_sold.before_profit
        / nullif(siblings_sold.before_units, 0) as sibling_unit_profit
    from spans
    left join sold
        on
            spans.source_system = sold.source_system
            and spans.campaign_id = sold.campaign_id
            and spans.sku_id = sold.sku_id
            and spans.shop_id = sold.shop_id
    left join stock_outs
        on
            spans.source_system = stock_outs.source_system
            and spans.campaign_id = stock_outs.campaign_id
            and spans.sku_id = stock_outs.sku_id
            and spans.shop_id = stock_outs.shop_id
    left join siblings_sold
        on
            spans.source_system = siblings_sold.source_system
            and spans.campaign_id = siblings_sold.campaign_id
            and spans.spu_id = siblings_sold.spu_id
            and spans.shop_id = siblings_sold.shop_id
    window product as (
        partition by
            spans.source_system,
            spans.campaign_id,
            spans.spu_id,
            spans.shop_id
    )

),

compared as (

    select
        *,
        -- fewer than a week of ordinary days is no baseline
        case when baseline_days >= 7 then before_units / baseline_days end
            as baseline_per_day,
        ends_on + 14 <= last_day as has_aftermath
    from measured

),

effects as (

    select
        *,
        {{ qty("baseline_per_day * live_days") }} as expected_units,
        {{ qty("during_units - baseline_per_day * live_days") }}
            as uplift_units,
        case
            when has_aftermath
                then {{ qty("baseline_per_day * after_days - after_units") }}
        end as pull_forward_units,
        {{ qty("coalesce(sibling_loss, 0)") }} as cannibalised_units,
        -- at the pace of the days on which there was stock
        {{ qty(
            "coalesce(during_units * stock_out_days "
            "/ nullif(live_days - stock_out_days, 0), 0)"
        ) }} as lost_units,
        case
            when ends_on <= last_day
                then {{ qty("greatest(planned_units - during_units, 0)") }}
        end as leftover_units
    from compared

),

final as (

    select
        ---------- ids
        source_system,
        campaign_id,
        sku_id,
        shop_id,

        ---------- text
        campaign_name,
        tool,

        ---------- days
        starts_on,
        ends_on,
        live_days,
        baseline_days,
        stock_out_days,

        ---------- quantities
        {{ qty("during_units") }} as sold_qty,
        expected_units as expected_qty,
        uplift_units as uplift_qty,
        pull_forward_units as pull_forward_qty,
        cannibalised_units as cannibalised_qty,
        lost_units as lost_qty,
        leftover_units as leftover_qty,

        ---------- money
        {{ money("item_discount") }} as item_discount_amount,
        {{ money("shop_discount") }} as shop_discount_amount,
        {{ money("platform_discount") }} as platform_discount_amount,
        {{ money("supplier_discount") }} as supplier_discount_amount,
        {{ money("funding") }} as funding_amount,
        {{ money("spend") }} as marketing_amount,
        {{ money("during_profit") }} as profit_amount,
        {{ money(
            "coalesce(lost_units * greatest(during_profit, 0) "
            "/ nullif(during_units, 0), 0)"
        ) }} as lost_profit_amount,
        {{ money("leftover_units * unit_cost") }} as leftover_amount,
        {{ money(
            "during_profit - coalesce(unit_profit, 0) "
            "* (expected_units + coalesce(pull_forward_units, 0)) "
            "- coalesce(sibling_unit_profit, 0) * cannibalised_units"
        ) }} as incremental_profit_amount,

        ---------- shares
        round(
            cast(
                during_profit - coalesce(unit_profit, 0)
                * (expected_units + coalesce(pull_forward_units, 0))
                - coalesce(sibling_unit_profit, 0) * cannibalised_units
                as double
            )
            / nullif(
                cast(
                    item_discount
                    + shop_discount
                    + platform_discount
                    + supplier_discount
                    - funding
                    + spend as double
                ),
                0
            ),
            6
        ) as return_on_cost,

        ---------- booleans
        has_aftermath

    from effects

)

select * from final
