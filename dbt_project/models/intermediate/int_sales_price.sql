-- What one unit brings, net of tax: as sold lately, else as listed, else as
-- announced for the day from which it will be sold.
with

sold as (

    select
        sku_id,
        sum(net_revenue_amount - freight_income_amount)
        / nullif(sum(sold_qty), 0) as unit_price
    from {{ ref('int_order_line') }}
    where
        sold_qty > 0
        and fulfil_mode = 'own'
        and not is_gift
        and order_type not in ('exchange', 'resend', 'sample')
        and ordered_date >= {{ business_date(as_of()) }} - 90
    group by sku_id

),

listed as (

    select
        prices.sku_id,
        prices.price / nullif(
            1 + case
                when coalesce(prices.tax_included, true)
                    then coalesce(skus.tax_rate, 0)
                else 0
            end,
            0
        ) as unit_price
    from {{ ref('stg_product__price') }} as prices
    left join {{ ref('int_sku') }} as skus on prices.sku_id = skus.sku_id
    where
        prices.price_type in ('base', 'list')
        and (prices.valid_to is null or prices.valid_to > {{ as_of() }})

    -- what is listed now, else what is announced next
    qualify
        rank() over (
            partition by prices.sku_id
            order by greatest(prices.valid_from, {{ as_of() }})
        ) = 1

),

-- the lowest of those that hold from the same day on
lowest as (

    select
        sku_id,
        min(unit_price) as unit_price
    from listed
    group by sku_id

),

final as (

    select
        coalesce(sold.sku_id, lowest.sku_id) as sku_id,
        {{ money("coalesce(sold.unit_price, lowest.unit_price)") }}
            as unit_price
    from sold
    full outer join lowest on sold.sku_id = lowest.sku_id

)

select * from final
