-- The posting day of the ledger that covers each day. As a list of days it is
-- looked up by a key: a join on a span of days sorts every order line.
with

windows as (

    select distinct
        covers_from,
        posted_at
    from {{ ref('int_ledger_posting') }}

),

final as (

    select
        posted_at,
        cast(
            unnest(generate_series(covers_from, posted_at, interval 1 day))
            as date
        ) as covered_date
    from windows

)

select * from final
