{{ config(materialized='table', tells=['merchant_id']) }}

-- What share of a merchant's sales we keep, where no master says it: what the
-- ledger did not owe to the merchant.
with

owed as (

    select
        supplier_id as merchant_id,
        posted_at,
        covers_from,
        -sum(amount) as owed_amount
    from {{ ref('int_ledger_posting') }}
    where source_type = 'sales_order' and not moves_stock and role = 'other'
    group by supplier_id, posted_at, covers_from

),

sales as (

    select
        lines.merchant_id,
        costs.posted_at,
        sum(
            lines.goods_amount
            - lines.order_discount_amount
            + lines.freight_income_amount
        ) as gross_amount
    from {{ ref('int_order_line') }} as lines
    inner join {{ ref('int_order_line_cost') }} as costs
        on lines.order_line_id = costs.order_line_id
    where lines.fulfil_mode = 'merchant' and costs.posted_at is not null
    group by lines.merchant_id, costs.posted_at

),

final as (

    select
        sales.merchant_id,
        -- rates are agreed to a tenth of a percent
        cast(
            round(
                1 - sum(owed.owed_amount)
                / nullif(sum(sales.gross_amount), 0),
                3
            ) as decimal(9, 6)
        ) as commission_rate
    from sales
    inner join owed
        on
            sales.merchant_id = owed.merchant_id
            and sales.posted_at = owed.posted_at
    group by sales.merchant_id

)

select * from final
where commission_rate between 0 and 1
