-- Only what a decision needs is asked for, and only where it applies.
{%- set attributes = [
    ("category", "category_id is not null", "true", "forecast"),
    ("base_unit", "base_uom is not null", "true", "buy"),
    ("purchase_pack", "has_purchase_pack", "has_terms", "buy"),
    ("shelf_life", "shelf_life_days > 0", "has_batch", "buy"),
    ("tax_rate", "tax_rate is not null", "true", "profit"),
    ("tax_code", "tax_code is not null", "true", "invoice"),
    ("sales_price", "has_price", "true", "profit"),
    ("barcode", "barcode is not null", "true", "pick"),
    ("storage_class", "storage_class is not null", "true", "wave"),
    ("weight", "weight_g > 0", "true", "ship"),
    (
        "dimensions", "length_mm > 0 and width_mm > 0 and height_mm > 0",
        "true", "ship",
    ),
] %}

with

purchase_packs as (

    select distinct sku_id
    from {{ ref('stg_product__sku_uom') }}
    where is_purchase_uom

),

terms as (

    select distinct sku_id
    from {{ ref('int_supplier_term') }}

),

prices as (

    select sku_id
    from {{ ref('int_sales_price') }}
    where unit_price is not null

),

sales as (

    select
        sku_id,
        sum(net_revenue_amount) as amount
    from {{ ref('demand_history') }}
    where demand_date >= {{ business_date(as_of()) }} - 90
    group by sku_id

),

skus as (

    select
        skus.*,
        purchase_packs.sku_id is not null as has_purchase_pack,
        terms.sku_id is not null as has_terms,
        prices.sku_id is not null as has_price,
        coalesce(sales.amount, 0) as sales_amount
    from {{ ref('int_sku') }} as skus
    left join purchase_packs on skus.sku_id = purchase_packs.sku_id
    left join terms on skus.sku_id = terms.sku_id
    left join prices on skus.sku_id = prices.sku_id
    left join sales on skus.sku_id = sales.sku_id
    where coalesce(skus.status, 'active') != 'ended'

),

asked as (

    {% for attribute, is_filled, applies, needed_by in attributes %}
        select
            '{{ attribute }}' as attribute,
            '{{ needed_by }}' as needed_by,
            sku_id,
            coalesce(category_id, '') as category_id,
            sales_amount,
            coalesce({{ is_filled }}, false) as is_filled
        from skus
        where {{ applies }}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

final as (

    select
        ---------- ids
        attribute,
        category_id,

        ---------- text
        any_value(needed_by) as needed_by,

        ---------- numbers
        count(*) as sku_count,
        count(*) filter (where is_filled) as filled_count,
        round(
            count(*) filter (where is_filled) / cast(count(*) as double), 6
        ) as filled_share,

        ---------- money
        {{ money(
            "coalesce(sum(sales_amount) filter (where not is_filled), 0)"
        ) }} as sales_without_amount,

        ---------- lists
        coalesce(
            min_by(
                sku_id,
                struct_pack(sales := -sales_amount, sku_id := sku_id),
                5
            ) filter (where not is_filled),
            []
        ) as examples

    from asked
    group by attribute, category_id

)

select * from final
