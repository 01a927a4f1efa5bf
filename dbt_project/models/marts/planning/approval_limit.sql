{{ config(tags=['planning']) }}

with

-- of two systems that say different things, the smaller amount holds
limits as (

    select * from {{ ref('stg_policy__approval_limit') }}
    qualify
        row_number() over (
            partition by role, action, valid_from
            order by max_amount, source_system
        ) = 1

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

-- who names no currency means ours
stated as (

    select
        limits.* exclude (currency),
        coalesce(
            nullif(limits.currency, ''),
            (select nullif(any_value(rates.home_currency), '') from rates)
        ) as currency
    from limits

),

-- the same amount in every money of which a rate is known
converted as (

    select
        stated.role,
        stated.action,
        stated.valid_from,
        stated.valid_to,
        others.currency,
        stated.max_amount * own.rate / others.rate as max_amount
    from stated
    inner join rates as own on stated.currency = own.currency
    inner join rates as others
        on stated.currency != others.currency and others.currency != ''

),

said as (

    select
        *,
        true as is_stated
    from stated
    union all by name
    select
        *,
        false as is_stated
    from converted

),

final as (

    select
        ---------- ids
        role,

        ---------- text
        action,
        currency,

        ---------- money
        {{ money('max_amount') }} as max_amount,
        is_stated,

        ---------- dates
        valid_from,
        valid_to

    from said

)

select * from final
