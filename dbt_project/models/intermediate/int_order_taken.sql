{#- A supplier that takes no order within so many days is taken to have no days
    of its own. -#}
{%- set furthest = 60 -%}
{%- set today = business_date(as_of()) -%}
{#- Any other text names no weekday that anybody could keep to. -#}
{%- set has_weekdays -%}
    coalesce(
        regexp_full_match(suppliers.order_weekdays, '[1-7](,[1-7])*'), false
    )
{%- endset -%}
-- On which day a supplier takes an order of a day: of every day on which
-- anything was ordered, and of today.
with

order_dates as (

    select distinct
        supplier_id,
        ordered_date
    from {{ ref('int_purchase_line') }}
    where supplier_id is not null and ordered_date is not null

    union distinct

    select
        supplier_id,
        {{ today }} as ordered_date
    from {{ ref('int_supplier') }}

),

days as (

    select
        supplier_id,
        ordered_date,
        ordered_date
        + cast(unnest(generate_series(0, {{ furthest }})) as integer)
            as order_date
    from order_dates

),

final as (

    select
        days.supplier_id,
        days.ordered_date,
        coalesce(
            min(days.order_date) filter (
                where
                not {{ has_weekdays }}
                or contains(
                    suppliers.order_weekdays,
                    cast(isodow(days.order_date) as varchar)
                )
            ),
            days.ordered_date
        ) as taken_date
    from days
    left join {{ ref('int_supplier') }} as suppliers
        on days.supplier_id = suppliers.supplier_id
    anti join {{ ref('int_supplier_rest_day') }} as rests
        on
            days.supplier_id = rests.supplier_id
            and days.order_date = rests.rest_date
    group by days.supplier_id, days.ordered_date

)

select * from final
