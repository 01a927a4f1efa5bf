{{ config(materialized='table') }}
{#- A supplier that takes no order within so many days is taken to have no days
    of its own. -#}
{%- set furthest = 60 -%}
{%- set today = business_date(as_of()) -%}
-- On which day a supplier takes an order of a day: of every day on which
-- anything was ordered, and of today.
with

suppliers as (

    select
        supplier_id,
        order_weekdays,
        -- any other text names no weekday that anybody could keep to
        coalesce(
            regexp_full_match(order_weekdays, '[1-7](,[1-7])*'), false
        ) as has_weekdays
    from {{ ref('int_supplier') }}

),

rests as (

    select * from {{ ref('int_supplier_rest_day') }}

),

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
    from suppliers

),

-- most orders are sent on a day on which they are taken
waiting as (

    select
        order_dates.*,
        coalesce(suppliers.has_weekdays, false) as has_weekdays,
        suppliers.order_weekdays
    from order_dates
    left join suppliers
        on order_dates.supplier_id = suppliers.supplier_id
    left join rests
        on
            order_dates.supplier_id = rests.supplier_id
            and order_dates.ordered_date = rests.rest_date
    where
        rests.rest_date is not null
        or suppliers.has_weekdays
        and not contains(
            suppliers.order_weekdays,
            cast(isodow(order_dates.ordered_date) as varchar)
        )

),

later_days as (

    select
        *,
        ordered_date
        + cast(unnest(generate_series(1, {{ furthest }})) as integer)
            as order_date
    from waiting

),

taken_later as (

    select
        later_days.supplier_id,
        later_days.ordered_date,
        min(later_days.order_date) as taken_date
    from later_days
    anti join rests
        on
            later_days.supplier_id = rests.supplier_id
            and later_days.order_date = rests.rest_date
    where
        not later_days.has_weekdays
        or contains(
            later_days.order_weekdays,
            cast(isodow(later_days.order_date) as varchar)
        )
    group by later_days.supplier_id, later_days.ordered_date

),

final as (

    select
        order_dates.supplier_id,
        order_dates.ordered_date,
        coalesce(taken_later.taken_date, order_dates.ordered_date)
            as taken_date
    from order_dates
    left join taken_later
        on
            order_dates.supplier_id = taken_later.supplier_id
            and order_dates.ordered_date = taken_later.ordered_date

)

select * from final
