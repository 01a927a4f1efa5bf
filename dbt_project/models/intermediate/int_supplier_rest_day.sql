-- Days on which a supplier rests: it takes no order, and those it has stand
-- still.
with

suppliers as (

    select * from {{ ref('int_supplier') }}

),

calendar as (

    select * from {{ ref('stg_reference__calendar') }}

),

-- a calendar may come from another system than its supplier
final as (

    select distinct
        suppliers.supplier_id,
        calendar.calendar_date as rest_date
    from suppliers
    inner join calendar on suppliers.calendar_id = calendar.calendar_id
    where calendar.is_shutdown

)

select * from final
