with

closed as (

    select * from {{ ref('int_supplier_rest_day') }}
    where
        rest_date between {{ business_date(as_of()) }}
        and {{ business_date(as_of()) }} + 180

),

-- days in a row have one start
spans as (

    select
        supplier_id,
        rest_date,
        rest_date - cast(
            row_number() over (
                partition by supplier_id
                order by rest_date
            ) as integer
        ) as span
    from closed

),

final as (

    select
        ---------- ids
        supplier_id,

        ---------- dates
        min(rest_date) as closed_from,
        max(rest_date) as closed_to

    from spans
    group by supplier_id, span

)

select * from final
