{%- set today = business_date(as_of()) -%}

with

merchant_lines as (

    select
        sku_id,
        merchant_id,
        sold_qty,
        net_revenue_amount - tax_amount as gross_amount,
        net_revenue_amount + merchant_share_amount as commission_amount,
        ordered_date > {{ today }} - 91 as is_recent
    from {{ ref('profit_waterfall') }}
    where
        fulfil_mode = 'merchant'
        and ordered_date < {{ today }}
        and ordered_date > {{ today }} - 181

),

sold as (

    select
        sku_id,
        count(distinct merchant_id) filter (where is_recent) as merchants,
        sum(sold_qty) filter (where is_recent) as sold_qty,
        sum(sold_qty) filter (where not is_recent) as earlier_qty,
        sum(gross_amount) filter (where is_recent) as gross_amount,
        sum(commission_amount) filter (where is_recent) as commission_amount
    from merchant_lines
    where sku_id is not null
    group by sku_id
    having sum(sold_qty) filter (where is_recent) > 0

),

-- what we sell ourselves, or could: a supplier's terms are in force
ours as (

    select sku_id
    from {{ ref('int_supplier_term') }}
    union distinct
    select sku_id
    from {{ ref('profit_waterfall') }}
    where fulfil_mode != 'merchant' and ordered_date > {{ today }} - 181

),

skus as (

    select * from {{ ref('int_sku') }}

),

-- what our own goods of a category bring per unit
category_profits as (

    select
        skus.category_id,
        sum(waterfall.profit_amount)
        / nullif(sum(waterfall.sold_qty), 0) as unit_profit
    from {{ ref('profit_waterfall') }} as waterfall
    inner join skus on waterfall.sku_id = skus.sku_id
    where
        waterfall.fulfil_mode = 'own'
        and waterfall.ordered_date > {{ today }} - 91
        and skus.category_id is not null
    group by skus.category_id

),

joined as (

    select
        sold.*,
        skus.category_id,
        skus.sku_name,
        ours.sku_id is not null as is_ours,
        category_profits.unit_profit
    from sold
    left join skus on sold.sku_id = skus.sku_id
    left join ours on sold.sku_id = ours.sku_id
    left join category_profits
        on skus.category_id = category_profits.category_id

),

final as (

    select
        ---------- ids
        sku_id,
        category_id,

        ---------- text
        sku_name,

        ---------- numbers
        row_number() over (order by gross_amount desc, sku_id) as place,
        merchants,

        ---------- quantities
        {{ qty("sold_qty") }} as sold_qty,
        {{ qty("coalesce(earlier_qty, 0)") }} as earlier_qty,

        ---------- money
        {{ money("gross_amount") }} as gross_amount,
        {{ money("commission_amount") }} as commission_amount,
        {{ money("unit_profit * sold_qty") }} as own_profit_amount,

        ---------- booleans
        is_ours

    from joined

)

select * from final
