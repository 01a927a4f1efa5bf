{{ config(materialized='table') }}

-- What suppliers gave towards each order line's discounts, and its share of
-- advertising and live-stream spend, by net amount within the campaign.
with

order_lines as (

    select * from {{ ref('int_order_line') }}
    where sold_qty > 0

),

funding as (

    select
        order_line_id,
        sum(discount_amount) as supplier_funding_amount
    from {{ ref('stg_marketing__discount_application') }}
    where funded_by = 'supplier' and order_line_id is not null
    group by order_line_id

),

-- a coupon's spend is the discount itself, which the order already shows
paid_campaigns as (

    select
        campaigns.campaign_id,
        campaign_skus.sku_id,
        campaign_skus.shop_id,
        campaigns.spent_amount,
        {{ business_date("campaigns.starts_at") }} as starts_on,
        {{ business_date("campaigns.ends_at") }} as ends_on
    from {{ ref('stg_marketing__campaign') }} as campaigns
    inner join {{ ref('stg_marketing__campaign_sku') }} as campaign_skus
        on
            campaigns.source_system = campaign_skus.source_system
            and campaigns.campaign_id = campaign_skus.campaign_id
    where campaigns.tool in ('ad', 'live') and campaigns.spent_amount > 0

),

touched as (

    select distinct
        paid_campaigns.campaign_id,
        paid_campaigns.spent_amount,
        order_lines.order_line_id,
        order_lines.net_revenue_amount
    from order_lines
    inner join paid_campaigns
        on
            order_lines.sku_id = paid_campaigns.sku_id
            and paid_campaigns.shop_id in (order_lines.shop_id, '*', '')
            and order_lines.ordered_date
            between paid_campaigns.starts_on and paid_campaigns.ends_on

),

spend as (

    select
        order_line_id,
        spent_amount
        * net_revenue_amount
        / nullif(sum(net_revenue_amount) over (partition by campaign_id), 0)
            as spend_amount
    from touched

),

legs as (

    select
        order_line_id,
        supplier_funding_amount,
        0 as spend_amount
    from funding
    union all
    select
        order_line_id,
        0 as supplier_funding_amount,
        spend_amount
    from spend

),

final as (

    select
        order_line_id,
        {{ money("coalesce(sum(supplier_funding_amount), 0)") }}
            as supplier_funding_amount,
        {{ money("coalesce(" ~ exact_sum("spend_amount") ~ ", 0)") }}
            as spend_amount
    from legs
    group by order_line_id

)

select * from final
