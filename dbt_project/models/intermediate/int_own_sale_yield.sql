{%- set today = business_date(as_of()) -%}

-- What our own sales keep of what customers pay after fees, commissions,
-- returns and marketing, and what carriage and the warehouse cost per unit:
-- by category, and '*' over all.
with

own_lines as (

    select
        coalesce(skus.category_id, '') as category_id,
        lines.sold_qty,
        lines.net_revenue_amount,
        lines.freight_amount + lines.warehouse_cost_amount as serving_amount,
        lines.profit_amount
        - lines.landed_cost_amount
        - lines.freight_amount
        - lines.warehouse_cost_amount
        - lines.capital_cost_amount as kept_amount
    from {{ ref('profit_waterfall') }} as lines
    left join {{ ref('int_sku') }} as skus on lines.sku_id = skus.sku_id
    where
        lines.fulfil_mode = 'own'
        and lines.recognised_date is not null
        and lines.ordered_date >= {{ today }} - {{ var('stocking_days') }}
        and lines.ordered_date < {{ today }}

),

both_levels as (

    select * from own_lines
    union all
    select * replace ('*' as category_id) from own_lines

),

final as (

    select
        category_id,
        sum(kept_amount) / nullif(sum(net_revenue_amount), 0) as kept_share,
        -sum(serving_amount) / nullif(sum(sold_qty), 0) as unit_serving_cost
    from both_levels
    group by category_id

)

select * from final
