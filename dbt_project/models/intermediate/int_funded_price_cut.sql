{{ config(materialized='table') }}

-- Order lines sold at the price of a campaign that a supplier or the platform
-- pays for, with what it took off the everyday price. Such a cut stands in the
-- price of the line, and no discount is applied that names its funder.
with

lines as (

    select
        *,
        goods_amount / nullif(sold_qty, 0) as unit_price,
        list_amount / nullif(sold_qty, 0) as list_price
    from {{ ref('int_order_line') }}
    where sold_qty > 0 and goods_amount < list_amount

),

offers as (

    select
        campaigns.campaign_id,
        campaigns.funded_by,
        campaigns.supplier_fund_share,
        campaigns.starts_at,
        campaigns.ends_at,
        campaign_skus.sku_id,
        campaign_skus.shop_id,
        campaign_skus.promo_price
    from {{ ref('stg_marketing__campaign') }} as campaigns
    inner join {{ ref('stg_marketing__campaign_sku') }} as campaign_skus
        on
            campaigns.source_system = campaign_skus.source_system
            and campaigns.campaign_id = campaign_skus.campaign_id
    where
        campaigns.funded_by in ('supplier', 'platform')
        and campaign_skus.promo_price is not null

),

-- at another price than the offer's it was not the funder who made it cheap
sold as (

    select
        lines.order_line_id,
        lines.sku_id,
        lines.shop_id,
        lines.ordered_at,
        lines.sold_qty,
        lines.returned_qty,
        lines.list_price,
        lines.unit_price,
        offers.campaign_id,
        offers.funded_by,
        offers.supplier_fund_share
    from lines
    inner join offers
        on
            lines.sku_id = offers.sku_id
            and coalesce(offers.shop_id, '*') in (lines.shop_id, '*', '')
            and lines.ordered_at between offers.starts_at and offers.ends_at
            and abs(lines.unit_price - offers.promo_price) < 0.01

    qualify
        row_number() over (
            partition by lines.source_system, lines.order_line_id
            order by offers.starts_at, offers.campaign_id
        ) = 1

),

-- a tag that nobody pays is no price to cut from
everyday as (

    select
        sold.order_line_id,
        min(prices.price) as price
    from sold
    inner join {{ ref('stg_product__price') }} as prices
        on
            sold.sku_id = prices.sku_id
            and coalesce(prices.shop_id, '*') in (sold.shop_id, '*', '')
            and sold.ordered_at >= prices.valid_from
            and (prices.valid_to is null or sold.ordered_at < prices.valid_to)
    where
        prices.price_type = 'base'
        and coalesce(prices.min_qty, 1) <= 1
    group by sold.order_line_id

),

cut as (

    select
        sold.*,
        greatest(
            least(sold.list_price, coalesce(everyday.price, sold.list_price))
            - sold.unit_price,
            0
        ) as unit_cut
    from sold
    left join everyday on sold.order_line_id = everyday.order_line_id

),

final as (

    select
        order_line_id,
        campaign_id,
        funded_by,
        supplier_fund_share,
        {{ money("unit_cut * sold_qty") }} as cut_amount,
        -- nobody pays for a sale that came back
        {{ money("unit_cut * greatest(sold_qty - returned_qty, 0)") }}
            as kept_cut_amount
    from cut
    where unit_cut > 0

)

select * from final
