{{ config(materialized='table', tells=['order_line_id']) }}

-- Who gave each order line's discounts, and its share of advertising and
-- live-stream spend, by net amount. Spend is what the ledger booked in the
-- days of the order; without a ledger, what the campaigns spent beyond the
-- discounts that the order shows already.
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

funding as (

    select
        discounts.order_line_id,
        sum(
            case
                when discounts.funded_by = 'platform'
                    then discounts.discount_amount
            end
        ) as platform_discount_amount,
        sum(
            case
                when discounts.funded_by = 'supplier'
                    then discounts.discount_amount
            end
        ) as supplier_discount_amount,
        sum(
            case
                when discounts.funded_by = 'supplier'
                    then
                        discounts.discount_amount
                        * coalesce(campaigns.supplier_fund_share, 1)
            end
        ) as supplier_funding_amount
    from discounts
    left join campaigns
        on
            discounts.source_system = campaigns.source_system
            and discounts.campaign_id = campaigns.campaign_id
    where discounts.order_line_id is not null
    group by discounts.order_line_id

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
        {{ money("coalesce(funding.supplier_funding_amount, 0)") }}
            as supplier_funding_amount,
        {{ money("coalesce(spend_by_line.spend_amount, 0)") }}
            as spend_amount
    from funding
    full outer join spend_by_line
        on funding.order_line_id = spend_by_line.order_line_id

)

select * from final
