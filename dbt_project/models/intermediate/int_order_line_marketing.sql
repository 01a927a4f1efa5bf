{{ config(materialized='table', tells=['order_line_id']) }}

-- Who gave each order line's discounts and what he pays back, and its share of
-- advertising and live-stream spend, by net amount. Spend is what the ledger
-- booked in the days of the order; without a ledger, what the campaigns spent
-- beyond the discounts that the order shows already.
with

order_lines as (

    select * from {{ ref('int_order_line') }}
    where sold_qty > 0

),

campaigns as (

    select * from {{ ref('stg_marketing__campaign') }}

),

discounts as (

    select * from {{ ref('stg_marketing__discount_application') }}

),

applied as (

    select
        discounts.order_line_id,
        sum(
            case
                when discounts.funded_by = 'platform'
                    then discounts.discount_amount
            end
        ) as platform_discount,
        sum(
            case
                when discounts.funded_by = 'supplier'
                    then discounts.discount_amount
            end
        ) as supplier_discount,
        sum(
            case
                when discounts.funded_by = 'supplier'
                    then
                        discounts.discount_amount
                        * coalesce(campaigns.supplier_fund_share, 1)
            end
        ) as supplier_paid
    from discounts
    left join campaigns
        on
            discounts.source_system = campaigns.source_system
            and discounts.campaign_id = campaigns.campaign_id
    where discounts.order_line_id is not null
    group by discounts.order_line_id

),

-- orders that tell the platform's part of their discounts as a sum alone
platform_shares as (

    select
        source_system,
        order_id,
        discount_platform / nullif(
            discount_platform
            + coalesce(discount_shop, 0)
            + coalesce(coupon_amount, 0)
            + coalesce(points_amount, 0),
            0
        ) as platform_share
    from {{ ref('stg_order__sales_order') }}
    where
        discount_platform > 0
        and order_id not in (
            select discounts.order_id
            from discounts
            where
                discounts.funded_by = 'platform'
                and discounts.order_id is not null
        )

),

-- in channels of our own the platform is us, and pays nobody
paying_shops as (

    select shop_id from {{ ref('int_shop') }}
    where platform not in ('app', 'mini_program', 'h5', 'offline')

),

told as (

    select
        order_lines.*,
        applied.supplier_discount,
        applied.supplier_paid,
        cuts.funded_by as cut_by,
        cuts.cut_amount,
        cuts.kept_cut_amount,
        cuts.supplier_fund_share as cut_share,
        paying_shops.shop_id is not null as has_platform,
        coalesce(
            applied.platform_discount,
            order_lines.order_discount_amount * platform_shares.platform_share
        ) as platform_discount,
        -- of a sum nothing is taken back line by line
        case
            when applied.platform_discount is not null then 1
            else
                greatest(order_lines.sold_qty - order_lines.returned_qty, 0)
                / order_lines.sold_qty
        end as kept_share
    from order_lines
    left join applied on order_lines.order_line_id = applied.order_line_id
    left join {{ ref('int_funded_price_cut') }} as cuts
        on order_lines.order_line_id = cuts.order_line_id
    left join platform_shares
        on
            order_lines.source_system = platform_shares.source_system
            and order_lines.order_id = platform_shares.order_id
    left join paying_shops on order_lines.shop_id = paying_shops.shop_id
    where
        applied.order_line_id is not null
        or cuts.order_line_id is not null
        or platform_shares.order_id is not null

),

-- no more than the part of the discount that stands
capped as (

    select
        *,
        least(coalesce(platform_discount, 0), order_discount_amount)
            as platform_part,
        least(
            coalesce(supplier_discount, 0),
            order_discount_amount
            - least(coalesce(platform_discount, 0), order_discount_amount)
        ) as supplier_part
    from told

),

-- he pays with the tax that the price held, which is then owed
funding as (

    select
        order_line_id,
        platform_part as platform_discount_amount,
        supplier_part as supplier_discount_amount,
        case when cut_by = 'platform' then cut_amount else 0 end
            as platform_cut_amount,
        case when cut_by = 'supplier' then cut_amount else 0 end
            as supplier_cut_amount,
        case
            when not has_platform or fulfil_mode = 'merchant' then 0
            else
                (
                    platform_part * kept_share
                    + case
                        when cut_by = 'platform' then kept_cut_amount
                        else 0
                    end
                ) / (1 + tax_in_price_rate)
        end as platform_funding_amount,
        case
            when fulfil_mode = 'merchant' then 0
            else
                (
                    coalesce(
                        supplier_part
                        * supplier_paid
                        / nullif(supplier_discount, 0),
                        0
                    )
                    + case
                        when cut_by = 'supplier'
                            then kept_cut_amount * coalesce(cut_share, 1)
                        else 0
                    end
                ) / (1 + tax_in_price_rate)
        end as supplier_funding_amount
    from capped

),

granted as (

    select
        source_system,
        campaign_id,
        sum(discount_amount) as discount_amount
    from discounts
    group by source_system, campaign_id

),

paid_campaigns as (

    select
        campaigns.campaign_id,
        campaign_skus.sku_id,
        campaign_skus.shop_id,
        greatest(
            coalesce(campaigns.spent_amount, 0)
            - coalesce(granted.discount_amount, 0),
            0
        ) as spent_amount,
        {{ business_date("campaigns.starts_at") }} as starts_on,
        {{ business_date("campaigns.ends_at") }} as ends_on
    from campaigns
    inner join {{ ref('stg_marketing__campaign_sku') }} as campaign_skus
        on
            campaigns.source_system = campaign_skus.source_system
            and campaigns.campaign_id = campaign_skus.campaign_id
    left join granted
        on
            campaigns.source_system = granted.source_system
            and campaigns.campaign_id = granted.campaign_id
    where campaigns.tool in ('ad', 'live')

),

touched as (

    select distinct
        paid_campaigns.campaign_id,
        paid_campaigns.spent_amount,
        order_lines.order_line_id,
        order_lines.ordered_date,
        order_lines.net_revenue_amount
    from order_lines
    inner join paid_campaigns
        on
            order_lines.sku_id = paid_campaigns.sku_id
            and paid_campaigns.shop_id in (order_lines.shop_id, '*', '')
            and order_lines.ordered_date
            between paid_campaigns.starts_on and paid_campaigns.ends_on

),

booked as (

    select
        posted_at,
        sum(amount) as spent_amount
    from {{ ref('int_ledger_posting') }}
    where role = 'marketing'
    group by posted_at

),

-- a line in two campaigns bears one share of what the ledger booked
booked_lines as (

    select distinct
        touched.order_line_id,
        touched.net_revenue_amount,
        booked.posted_at,
        booked.spent_amount
    from touched
    inner join {{ ref('int_posting_day') }} as posting_days
        on touched.ordered_date = posting_days.covered_date
    inner join booked on posting_days.posted_at = booked.posted_at

),

spend as (

    select
        order_line_id,
        spent_amount
        * net_revenue_amount
        / nullif(sum(net_revenue_amount) over (partition by posted_at), 0)
            as spend_amount
    from booked_lines
    union all
    select
        order_line_id,
        spent_amount
        * net_revenue_amount
        / nullif(sum(net_revenue_amount) over (partition by campaign_id), 0)
            as spend_amount
    from touched
    where not exists (select 1 from booked)

),

spend_by_line as (

    select
        order_line_id,
        {{ exact_sum("spend_amount") }} as spend_amount
    from spend
    group by order_line_id

),

final as (

    select
        coalesce(funding.order_line_id, spend_by_line.order_line_id)
            as order_line_id,
        {{ money("coalesce(funding.platform_discount_amount, 0)") }}
            as platform_discount_amount,
        {{ money("coalesce(funding.supplier_discount_amount, 0)") }}
            as supplier_discount_amount,
        {{ money("coalesce(funding.platform_cut_amount, 0)") }}
            as platform_cut_amount,
        {{ money("coalesce(funding.supplier_cut_amount, 0)") }}
            as supplier_cut_amount,
        {{ money("coalesce(funding.platform_funding_amount, 0)") }}
            as platform_funding_amount,
        {{ money("coalesce(funding.supplier_funding_amount, 0)") }}
            as supplier_funding_amount,
        {{ money("coalesce(spend_by_line.spend_amount, 0)") }}
            as spend_amount
    from funding
    full outer join spend_by_line
        on funding.order_line_id = spend_by_line.order_line_id

)

select * from final
