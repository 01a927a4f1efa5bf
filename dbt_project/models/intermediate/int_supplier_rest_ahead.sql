{%- set today = business_date(as_of()) -%}
with

rest_days as (

    select
        supplier_id,
        date_diff('day', {{ today }}, rest_date)
        - row_number() over (
            partition by supplier_id
            order by rest_date
        ) as worked_before
    from {{ ref('int_supplier_rest_day') }}
    where rest_date > {{ today }} and rest_date <= {{ today }} + 366

),

final as (

    select
        supplier_id,
        list(worked_before order by worked_before) as worked_before
    from rest_days
    group by supplier_id

)

select * from final
