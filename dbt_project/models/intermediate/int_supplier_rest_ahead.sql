{%- set today = business_date(as_of()) -%}
with

-- an order of today waits for the day on which its supplier takes orders
still as (

    select
        supplier_id,
        rest_date as still_date
    from {{ ref('int_supplier_rest_day') }}
    where rest_date > {{ today }} and rest_date <= {{ today }} + 366

    union distinct

    select
        supplier_id,
        {{ today }} + cast(
            unnest(generate_series(1, taken_date - {{ today }})) as integer
        ) as still_date
    from {{ ref('int_order_taken') }}
    where ordered_date = {{ today }}

),

counted as (

    select
        supplier_id,
        date_diff('day', {{ today }}, still_date)
        - row_number() over (
            partition by supplier_id
            order by still_date
        ) as worked_before
    from still

),

final as (

    select
        supplier_id,
        list(worked_before order by worked_before) as worked_before
    from counted
    group by supplier_id

)

select * from final
