-- What is planned for a SKU's week, by what is known now, and what was.
with

campaign_skus as (

    select
        campaign_skus.sku_id,
        campaign_skus.promo_price,
        {{ business_date("campaigns.starts_at") }} as starts_on,
        {{ business_date("coalesce(campaigns.ends_at, campaigns.starts_at)") }}
            as ends_on,
        greatest(
            {{ business_date("coalesce(
                campaign_skus.published_at, campaign_skus.known_at
            )") }},
            {{ business_date("coalesce(
                campaigns.published_at, campaigns.known_at
            )") }}
        ) as announced_on
    from {{ ref('stg_marketing__campaign_sku') }} as campaign_skus
    inner join {{ ref('stg_marketing__campaign') }} as campaigns
        on
            campaign_skus.source_system = campaigns.source_system
            and campaign_skus.campaign_id = campaigns.campaign_id
    where coalesce(campaigns.status, '') not in ('cancelled', 'draft')

),

list_prices as (

    select
        sku_id,
        max(price) as list_price
    from {{ ref('stg_product__price') }}
    where price_type in ('base', 'list')
    group by sku_id

),

campaign_days as (

    select
        sku_id,
        promo_price,
        announced_on,
        cast(
            unnest(generate_series(starts_on, ends_on, interval 1 day)) as date
        ) as promoted_on
    from campaign_skus

),

campaign_weeks as (

    select
        campaign_days.sku_id,
        cast(date_trunc('week', campaign_days.promoted_on) as date)
            as week_start,
        count(distinct campaign_days.promoted_on) as campaign_days,
        max(1 - campaign_days.promo_price / nullif(list_prices.list_price, 0))
            as discount_rate,
        max(campaign_days.announced_on) as announced_on
    from campaign_days
    left join list_prices on campaign_days.sku_id = list_prices.sku_id
    group by campaign_days.sku_id, week_start

),

exposed_weeks as (

    select
        sku_id,
        cast(date_trunc('week', week_start) as date) as week_start,
        count(*) as exposures,
        {{ business_date("max(coalesce(published_at, known_at))") }}
            as announced_on
    from {{ ref('stg_marketing__promotion_exposure') }}
    where
        coalesce(display, 'none') != 'none'
        or coalesce(mailer, 'none') != 'none'
    group by all

),

final as (

    select
        ---------- ids
        coalesce(campaign_weeks.sku_id, exposed_weeks.sku_id) as sku_id,

        ---------- dates
        coalesce(campaign_weeks.week_start, exposed_weeks.week_start)
            as week_start,
        greatest(campaign_weeks.announced_on, exposed_weeks.announced_on)
            as announced_on,

        ---------- numbers
        cast(coalesce(campaign_weeks.campaign_days, 0) as bigint)
            as campaign_days,
        cast(
            least(greatest(coalesce(campaign_weeks.discount_rate, 0), 0), 1)
            as decimal(9, 6)
        ) as discount_rate,
        cast(coalesce(exposed_weeks.exposures, 0) as bigint) as exposures

    from campaign_weeks
    full outer join exposed_weeks
        on
            campaign_weeks.sku_id = exposed_weeks.sku_id
            and campaign_weeks.week_start = exposed_weeks.week_start

)

select * from final
