-- Lead times as measured: days from the one on which the supplier takes the
-- order to the last receipt, on which it did not rest, of order lines that are
-- complete; sku_id '*' is the supplier over all its goods.
with

order_lines as (

    select
        order_lines.supplier_id,
        order_lines.sku_id,
        order_lines.last_received_date,
        -- who delivered before that took it on another day
        case
            when taken.taken_date <= order_lines.last_received_date
                then taken.taken_date
            else order_lines.ordered_date
        end as taken_date
    from {{ ref('int_purchase_line') }} as order_lines
    inner join {{ ref('int_order_taken') }} as taken
        on
            order_lines.supplier_id = taken.supplier_id
            and order_lines.ordered_date = taken.ordered_date
    where
        -- first stock is ordered for a launch day, not as soon as it can come
        order_lines.po_type in ('replenish', 'promo')
        and order_lines.open_qty = 0
        and order_lines.last_received_date >= order_lines.ordered_date

),

-- lines of one supplier, taken and received on the same days, rest alike
rested as (

    select
        waits.supplier_id,
        waits.taken_date,
        waits.last_received_date,
        count(*) as rest_days
    from (
        select distinct
            supplier_id,
            taken_date,
            last_received_date
        from order_lines
    ) as waits
    inner join {{ ref('int_supplier_rest_day') }} as rests
        on
            waits.supplier_id = rests.supplier_id
            and waits.taken_date < rests.rest_date
            and waits.last_received_date >= rests.rest_date
    group by all

),

samples as (

    select
        order_lines.supplier_id,
        order_lines.sku_id,
        date_diff(
            'day', order_lines.taken_date, order_lines.last_received_date
        ) - coalesce(rested.rest_days, 0) as lead_time_days
    from order_lines
    left join rested
        on
            order_lines.supplier_id = rested.supplier_id
            and order_lines.taken_date = rested.taken_date
            and order_lines.last_received_date = rested.last_received_date

),

both_levels as (

    select * from samples
    union all
    select
        supplier_id,
        '*' as sku_id,
        lead_time_days
    from samples

),

final as (

    select
        supplier_id,
        sku_id,
        count(*) as samples,
        avg(lead_time_days) as lead_time_days,
        {{ stddev_of_whole("lead_time_days") }} as lead_time_std_days
    from both_levels
    group by supplier_id, sku_id

)

select * from final
