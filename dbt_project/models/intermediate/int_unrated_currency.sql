-- Currencies whose worth in ours nobody told, and what is in them: prices and
-- orders of the last year in such money are compared with nothing.
with

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

prices as (

    select
        currency,
        count(*) as prices,
        0 as order_lines,
        0 as budgets
    from {{ ref('int_supplier_term') }}
    where purchase_price is not null
    group by currency

),

order_lines as (

    select
        currency,
        0 as prices,
        count(*) as order_lines,
        0 as budgets
    from {{ ref('int_purchase_line') }}
    where
        is_own_supply
        and ordered_date > {{ business_date(as_of()) }} - 365
    group by currency

),

budgets as (

    select
        currency,
        0 as prices,
        0 as order_lines,
        count(*) as budgets
    from {{ ref('stg_policy__budget') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by currency

),

used as (

    select * from prices
    union all
    select * from order_lines
    union all
    select * from budgets

),

final as (

    select
        used.currency,
        cast(sum(used.prices) as bigint) as price_count,
        cast(sum(used.order_lines) as bigint) as order_line_count,
        cast(sum(used.budgets) as bigint) as budget_count
    from used
    anti join rates on used.currency = rates.currency
    where used.currency is not null
    group by used.currency

)

select * from final
