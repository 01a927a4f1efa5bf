with

suppliers as (

    select * from {{ ref('int_supplier') }}

),

calendar as (

    select * from {{ ref('stg_reference__calendar') }}

),

-- a calendar may come from another system than its supplier
closed as (

    select distinct
        suppliers.supplier_id,
        calendar.calendar_date
    from suppliers
    inner join calendar on suppliers.calendar_id = calendar.calendar_id
    where
        calendar.is_shutdown
        and calendar.calendar_date between {{ business_date(as_of()) }}
        and {{ business_date(as_of()) }} + 180

),

-- days in a row have one start
spans as (

    select
        supplier_id,
        calendar_date,
        calendar_date - cast(
            row_number() over (
                partition by supplier_id
                order by calendar_date
            ) as integer
        ) as span
    from closed

),

final as (

    select
        ---------- ids
        supplier_id,

        ---------- dates
        min(calendar_date) as closed_from,
        max(calendar_date) as closed_to

    from spans
    group by supplier_id, span

)

select * from final
