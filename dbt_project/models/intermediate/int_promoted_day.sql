{{ config(
    materialized='table',
    unit=['ordered_date'],
    changed_by='changed_promoted_days',
    tells=['ordered_date']
) }}
{%- set changed = changed_promoted_days() %}

-- SKU, shop and day on which something was sold while on promotion. Only days
-- with orders are looked at: exposures outnumber order lines many times over.
with

order_days as (

    select distinct
        sku_id,
        shop_id,
        ordered_date
    from {{ ref('int_order_line') }}
    where {{ is_changed('ordered_date', changed) }}

),

exposures as (

    select * from {{ ref('stg_marketing__promotion_exposure') }}
    where
        coalesce(display, 'none') != 'none'
        or coalesce(mailer, 'none') != 'none'

),

-- a deployment's promotion weeks begin on one weekday, rarely on two; as a
-- list in one row, so that the planner knows how few they are
week_starts as (

    select list(distinct isodow(week_start)) as weekdays
    from {{ ref('stg_marketing__promotion_exposure') }}

),

weekdays_of_orders as (

    select
        order_days.*,
        unnest(week_starts.weekdays) as weekday
    from order_days
    cross join week_starts

),

order_weeks as (

    select
        sku_id,
        shop_id,
        ordered_date,
        cast(
            ordered_date
            - cast((isodow(ordered_date) - weekday + 7) % 7 as integer)
            as date
        ) as week_start
    from weekdays_of_orders

),

-- the small side (weeks with orders) is hashed, the large one streams past
exposed_weeks as (

    select distinct
        exposures.sku_id,
        exposures.shop_id,
        exposures.week_start
    from exposures
    semi join order_weeks
        on
            exposures.sku_id = order_weeks.sku_id
            and exposures.shop_id = order_weeks.shop_id
            and exposures.week_start = order_weeks.week_start

),

campaign_skus as (

    select
        campaign_skus.sku_id,
        campaign_skus.shop_id,
        {{ business_date("campaigns.starts_at") }} as starts_on,
        {{ business_date("campaigns.ends_at") }} as ends_on
    from {{ ref('stg_marketing__campaign_sku') }} as campaign_skus
    inner join {{ ref('stg_marketing__campaign') }} as campaigns
        on
            campaign_skus.source_system = campaigns.source_system
            and campaign_skus.campaign_id = campaigns.campaign_id

),

final as (

    select
        order_weeks.sku_id,
        order_weeks.shop_id,
        order_weeks.ordered_date
    from order_weeks
    semi join exposed_weeks
        on
            order_weeks.sku_id = exposed_weeks.sku_id
            and order_weeks.shop_id = exposed_weeks.shop_id
            and order_weeks.week_start = exposed_weeks.week_start

    union distinct

    -- no semi join here: with a range in its condition it compares every pair
    select
        order_days.sku_id,
        order_days.shop_id,
        order_days.ordered_date
    from order_days
    inner join campaign_skus on order_days.sku_id = campaign_skus.sku_id
    where
        campaign_skus.shop_id in (order_days.shop_id, '*', '')
        and order_days.ordered_date
        between campaign_skus.starts_on and campaign_skus.ends_on

)

select * from final
