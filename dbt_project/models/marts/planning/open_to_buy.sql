-- Money that may still be spent today, by the budgets whose period it is.
with

budgets as (

    select
        period,
        coalesce(scope, '*') as scope,
        any_value(currency) as currency,
        arg_max(amount, valid_from) as amount,
        case
            when period ~ '^[0-9]{6}$'
                then cast(strptime(period, '%Y%m') as date)
            else
                cast(strptime(period || '-1', '%G-W%V-%u') as date)
        end as first_date
    from {{ ref('stg_policy__budget') }}
    where
        regexp_full_match(period, '[0-9]{6}|[0-9]{4}-W[0-9]{2}')
        and valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by period, coalesce(scope, '*')

),

dated as (

    select
        *,
        case
            when period ~ '^[0-9]{6}$'
                then cast(first_date + interval 1 month as date)
            else first_date + 7
        end as end_date
    from budgets

),

skus as (

    select * from {{ ref('int_sku') }}

),

-- a purchase counts when it is ordered, at what is still to come or came
spent as (

    select
        dated.period,
        dated.scope,
        sum(
            lines.net_unit_price
            * coalesce(rates.rate, 1)
            * (lines.ordered_qty - lines.cancelled_qty)
        ) as ordered_amount
    from dated
    cross join {{ ref('int_purchase_line') }} as lines
    left join skus on lines.sku_id = skus.sku_id
    left join {{ ref('int_exchange_rate') }} as rates
        on coalesce(lines.currency, '') = rates.currency
    where
        lines.is_own_supply
        and lines.ordered_date >= dated.first_date
        and lines.ordered_date < dated.end_date
        and dated.scope in (
            '*', lines.supplier_id, skus.category_id, skus.brand
        )
    group by dated.period, dated.scope

),

final as (

    select
        ---------- ids
        dated.period,
        dated.scope,
        dated.currency,

        ---------- money
        {{ money("dated.amount") }} as budget_amount,
        {{ money("coalesce(spent.ordered_amount, 0)") }} as ordered_amount,
        {{ money(
            "greatest(dated.amount - coalesce(spent.ordered_amount, 0), 0)"
        ) }} as open_amount,

        ---------- dates
        dated.first_date,
        cast(dated.end_date as date) as end_date

    from dated
    left join spent
        on dated.period = spent.period and dated.scope = spent.scope
    where
        dated.first_date <= {{ business_date(as_of()) }}
        and dated.end_date > {{ business_date(as_of()) }}

)

select * from final
