with

campaigns as (

    select * from {{ ref('stg_marketing__campaign') }}

),

campaign_skus as (

    select * from {{ ref('stg_marketing__campaign_sku') }}

),

prices as (

    select * from {{ ref('stg_product__price') }}

),

-- what each SKU costs its customers now, without promotion
current_prices as (

    select
        sku_id,
        shop_id,
        arg_max(
            price,
            (price_type = 'base', price_type = 'list', valid_from, price)
        ) as price
    from prices
    where
        price_type in ('base', 'list')
        and coalesce(min_qty, 0) <= 1
        and valid_from <= {{ as_of() }}
        and (valid_to is null or valid_to > {{ as_of() }})
    group by sku_id, shop_id

),

promised as (

    select
        campaigns.source_system,
        'promotion' as plan_kind,
        campaigns.campaign_id,
        campaign_skus.sku_id,
        coalesce(nullif(campaign_skus.shop_id, ''), '*') as shop_id,
        campaigns.tool as price_type,
        cast(null as decimal(18, 4)) as min_qty,
        campaign_skus.promo_price as planned_price,
        campaigns.discount_rate,
        campaign_skus.planned_units,
        campaign_skus.stock_quota,
        campaign_skus.exposure,
        campaigns.starts_at,
        campaigns.ends_at,
        -- one that was not announced is known from its start
        coalesce(
            campaign_skus.published_at,
            campaigns.published_at,
            campaigns.starts_at
        ) as known_at,
        coalesce(campaign_skus.published_at, campaigns.published_at) is not null
            as is_announced
    from campaign_skus
    inner join campaigns
        on
            campaign_skus.source_system = campaigns.source_system
            and campaign_skus.campaign_id = campaigns.campaign_id
    where
        campaigns.ends_at > {{ as_of() }}
        and coalesce(campaigns.status, '') not in ('cancelled', 'ended')

),

-- prices of promotions stand with them
changes as (

    select
        source_system,
        'price' as plan_kind,
        '' as campaign_id,
        sku_id,
        coalesce(nullif(shop_id, ''), '*') as shop_id,
        price_type,
        min_qty,
        price as planned_price,
        valid_from as starts_at,
        valid_to as ends_at,
        known_at,
        true as is_announced
    from prices
    where
        valid_from > {{ as_of() }}
        and campaign_id is null

),

together as (

    select * from promised
    union all by name
    select * from changes

),

final as (

    select
        ---------- ids
        together.source_system,
        together.plan_kind,
        together.campaign_id,
        together.sku_id,
        together.shop_id,

        ---------- text
        together.price_type,
        together.exposure,

        ---------- quantities
        {{ qty("coalesce(together.min_qty, 0)") }} as min_qty,
        together.planned_units,
        together.stock_quota,

        ---------- money
        together.planned_price,
        coalesce(own.price, anywhere.price) as current_price,

        ---------- shares
        round(
            coalesce(
                1 - together.planned_price / cast(
                    nullif(coalesce(own.price, anywhere.price), 0) as double
                ),
                together.discount_rate
            ),
            6
        ) as discount_rate,

        ---------- timestamps
        together.starts_at,
        together.ends_at,
        together.known_at,

        ---------- numbers
        date_diff(
            'day',
            {{ business_date("together.known_at") }},
            {{ business_date("together.starts_at") }}
        ) as notice_days,

        ---------- booleans
        together.starts_at <= {{ as_of() }} as is_running,
        together.is_announced

    from together
    left join current_prices as own
        on
            together.sku_id = own.sku_id
            and together.shop_id = own.shop_id
    left join current_prices as anywhere
        on
            together.sku_id = anywhere.sku_id
            and anywhere.shop_id = '*'

)

select * from final
