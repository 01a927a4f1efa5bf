-- Money that may still be spent today, by the budgets whose period it is.
with

budgets as (

    select
        period,
        coalesce(scope, '*') as scope,
        coalesce(arg_max(currency, valid_from), '') as currency,
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

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

dated as (

    select
        budgets.period,
        budgets.scope,
        budgets.first_date,
        budgets.amount * rates.rate as amount,
        case
            when budgets.period ~ '^[0-9]{6}$'
                then cast(budgets.first_date + interval 1 month as date)
            else budgets.first_date + 7
        end as end_date
    from budgets
    left join rates on budgets.currency = rates.currency

),

skus as (

    select * from {{ ref('int_sku') }}

),

-- a purchase counts when it is ordered, at what is still to come or came; what
-- is paid in money of unknown worth is told and not counted
spent as (

    select
        dated.period,
        dated.scope,
        sum(
            lines.net_unit_price
            * rates.rate
            * (lines.ordered_qty - lines.not_coming_qty)
        ) as ordered_amount,
        count(*) filter (where rates.rate is null) as unrated_lines
    from dated
    cross join {{ ref('int_purchase_line') }} as lines
    left join skus on lines.sku_id = skus.sku_id
    left join rates on coalesce(lines.currency, '') = rates.currency
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
        (
            select nullif(any_value(rates.home_currency), '') from rates
        ) as currency,

        ---------- money
        {{ money("dated.amount") }} as budget_amount,
        {{ money("coalesce(spent.ordered_amount, 0)") }} as ordered_amount,
        case
            when dated.amount is not null
                then
                    {{ money(
                        "greatest(dated.amount"
                        " - coalesce(spent.ordered_amount, 0), 0)"
                    ) }}
        end as open_amount,

        ---------- numbers
        cast(coalesce(spent.unrated_lines, 0) as bigint) as unrated_lines,

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
