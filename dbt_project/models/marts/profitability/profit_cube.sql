-- One way of cutting the same waterfall for each grouping set: every set adds
-- up to the whole month.
with

parts as (

    select * from {{ ref('int_profit_month') }}

),

skus as (

    select * from {{ ref('int_sku') }}

),

-- who answers for a SKU
sku_suppliers as (

    select * from {{ ref('int_sku_supplier') }}

),

goods as (

    select
        parts.* replace (
            case
                when parts.fulfil_mode = 'merchant' then ''
                else
                    coalesce(
                        parts.supplier_id, sku_suppliers.supplier_id, ''
                    )
            end as supplier_id
        ),
        coalesce(skus.category_path, '') as category_path,
        coalesce(skus.brand, '') as brand
    from parts
    left join skus on parts.sku_id = skus.sku_id
    left join sku_suppliers on parts.sku_id = sku_suppliers.sku_id
    where parts.cut = 'goods'

),

cut_by_goods as (

    select
        month_start,
        case
            when grouping(category_path) = 0 then 'category'
            when grouping(brand) = 0 then 'brand'
            when grouping(fulfil_mode) = 0 then 'mode'
            when grouping(supplier_id) = 0 then 'supplier'
            when grouping(merchant_id) = 0 and grouping(sku_id) = 0
                then 'merchant_product'
            when grouping(merchant_id) = 0 then 'merchant'
            when grouping(sku_id) = 0 then 'product'
            else 'all'
        end as dimension,
        coalesce(
            category_path,
            brand,
            fulfil_mode,
            supplier_id,
            merchant_id,
            sku_id,
            '*'
        ) as member,
        case
            when grouping(merchant_id) = 0 and grouping(sku_id) = 0 then sku_id
        end as sku_id,
        sum(line_count) as line_count,
        {{ summed_amounts() }}
    from goods
    group by grouping sets (
        (month_start),
        (month_start, category_path),
        (month_start, brand),
        (month_start, fulfil_mode),
        (month_start, supplier_id),
        (month_start, merchant_id),
        (month_start, sku_id),
        (month_start, merchant_id, sku_id)
    )

),

cut_by_way as (

    select
        month_start,
        case
            when grouping(shop_id) = 0 then 'channel'
            when grouping(carrier_id) = 0 then 'carrier'
            else 'region'
        end as dimension,
        coalesce(shop_id, carrier_id, region_id) as member,
        null as sku_id,
        sum(line_count) as line_count,
        {{ summed_amounts() }}
    from parts
    where cut = 'way'
    group by grouping sets (
        (month_start, shop_id),
        (month_start, carrier_id),
        (month_start, region_id)
    )

),

cut as (

    select * from cut_by_goods
    union all
    select * from cut_by_way

),

final as (

    select
        ---------- ids
        month_start,
        dimension,
        member,
        coalesce(sku_id, '') as sku_id,

        ---------- quantities
        cast(line_count as bigint) as line_count,
        {{ qty("sold_qty") }} as sold_qty,

        ---------- money
        {{ money("gross_amount") }} as gross_amount,
        {{ money("list_amount") }} as list_amount,
        {{ money("discount_amount") }} as discount_amount,
        {{ money("revenue_amount") }} as revenue_amount,
        {{ money("landed_cost_amount") }} as landed_cost_amount,
        {{ money("freight_amount") }} as freight_amount,
        {{ money("warehouse_cost_amount") }} as warehouse_cost_amount,
        {{ money("payment_cost_amount") }} as payment_cost_amount,
        {{ money("commission_amount") }} as commission_amount,
        {{ money("return_cost_amount") }} as return_cost_amount,
        {{ money("marketing_amount") }} as marketing_amount,
        {{ money("capital_cost_amount") }} as capital_cost_amount,
        {{ money("profit_amount") }} as profit_amount,

        ---------- shares
        round(
            cast(profit_amount as double)
            / nullif(cast(revenue_amount as double), 0),
            6
        ) as profit_rate
    from cut
    -- of products per merchant, those of merchants: what sells there and not
    -- with us is worth a place in our assortment
    where dimension != 'merchant_product' or member != ''

)

select * from final
