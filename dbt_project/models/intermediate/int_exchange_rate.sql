-- What one unit of each currency is worth in that of most of our sales, by the
-- latest rate known; where neither sales nor purchases name one, in that of
-- most prices. '' is a currency that nobody told and stands for it.
with

sales as (

    select
        currency,
        count(*) as order_lines
    from {{ ref('int_order_line') }}
    where currency is not null
    group by currency

),

purchases as (

    select
        currency,
        count(*) as order_lines
    from {{ ref('int_purchase_line') }}
    where currency is not null
    group by currency

),

prices as (

    select
        currency,
        count(*) as order_lines
    from {{ ref('int_supplier_term') }}
    where currency is not null
    group by currency

),

home as (

    select
        coalesce(
            (select arg_max(currency, (order_lines, currency)) from sales),
            (select arg_max(currency, (order_lines, currency)) from purchases),
            (select arg_max(currency, (order_lines, currency)) from prices),
            ''
        ) as currency

),

told as (

    select
        from_currency,
        to_currency,
        arg_max(rate, (rate_date, source_system)) as rate
    from {{ ref('stg_reference__fx_rate') }}
    where rate > 0 and rate_date <= {{ business_date(as_of()) }}
    group by from_currency, to_currency

),

-- a rate told the other way round serves where none is told this way
either_way as (

    select
        told.from_currency as currency,
        told.rate,
        1 as preference
    from told
    inner join home on told.to_currency = home.currency
    union all
    select
        told.to_currency as currency,
        1 / told.rate as rate,
        2 as preference
    from told
    inner join home on told.from_currency = home.currency

),

foreign_rates as (

    select
        either_way.currency,
        arg_min(either_way.rate, either_way.preference) as rate
    from either_way
    inner join home on either_way.currency != home.currency
    group by either_way.currency

),

final as (

    select
        foreign_rates.currency,
        home.currency as home_currency,
        foreign_rates.rate
    from foreign_rates
    cross join home
    union all
    select
        currency,
        currency as home_currency,
        1.0 as rate
    from home
    union all
    select
        '' as currency,
        currency as home_currency,
        1.0 as rate
    from home
    where currency != ''

)

select * from final
