-- Lead times as measured: days from order to last receipt, of order lines that
-- are complete; sku_id '*' is the supplier over all its goods.
with

samples as (

    select
        supplier_id,
        sku_id,
        date_diff('day', ordered_date, last_received_date) as lead_time_days
    from {{ ref('int_purchase_line') }}
    where
        -- first stock is ordered for a launch day, not as soon as it can come
        po_type in ('replenish', 'promo')
        and open_qty = 0
        and last_received_date >= ordered_date

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
