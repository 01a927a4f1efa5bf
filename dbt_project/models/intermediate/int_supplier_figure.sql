-- What each supplier did, figure by figure, with 95 % intervals: Wilson's of a
-- share, Student's of a mean.
with

purchase_lines as (

    select
        *,
        ordered_qty - cancelled_qty as wanted_qty,
        coalesce(promised_date < {{ business_date(as_of()) }}, false)
            as is_due_by_promise,
        coalesce(requested_date < {{ business_date(as_of()) }}, false)
            as is_due_by_request,
        -- first stock is ordered for a launch day, not as soon as it can come
        coalesce(
            open_qty = 0
            and po_type != 'initial'
            and last_received_date >= ordered_date,
            false
        ) as tells_lead_time
    from {{ ref('int_purchase_line') }}
    where
        is_own_supply
        and po_status not in ('draft', 'submitted', 'cancelled')
        and ordered_qty > cancelled_qty

),

sku_suppliers as (

    select * from {{ ref('int_sku_supplier') }}

),

-- whose goods a sale was: the supplier who sent it, else who answers for it
sold_lines as (

    select
        order_lines.order_line_id,
        order_lines.shipped_qty,
        coalesce(
            case
                when order_lines.fulfil_mode = 'dropship'
                    then order_lines.supplier_id
            end,
            sku_suppliers.supplier_id
        ) as supplier_id
    from {{ ref('int_order_line') }} as order_lines
    left join sku_suppliers on order_lines.sku_id = sku_suppliers.sku_id
    where order_lines.fulfil_mode != 'merchant'

),

caused_returns as (

    select
        coalesce(return_lines.supplier_id, sold_lines.supplier_id)
            as supplier_id,
        sum(return_lines.returned_qty) as returned_qty
    from {{ ref('int_return_line') }} as return_lines
    inner join sold_lines
        on return_lines.order_line_id = sold_lines.order_line_id
    where return_lines.is_supplier_fault
    group by all

),

shipped as (

    select
        supplier_id,
        sum(shipped_qty) as shipped_qty
    from sold_lines
    where shipped_qty > 0
    group by supplier_id

),

reviews as (

    select
        coalesce(sold_lines.supplier_id, sku_suppliers.supplier_id)
            as supplier_id,
        -- carriage and price are not the supplier's
        reviews.stars <= 2
        and coalesce(reviews.topic, '') not in ('delivery', 'price') as is_poor
    from {{ ref('stg_product__review') }} as reviews
    left join sold_lines on reviews.order_line_id = sold_lines.order_line_id
    left join sku_suppliers on reviews.sku_id = sku_suppliers.sku_id
    where reviews.stars is not null

),

dropship_orders as (

    select
        supplier_id,
        close_reason = 'no_stock' as is_cancelled,
        shipped_at <= promised_ship_by as is_on_time,
        promised_ship_by < {{ as_of() }} as is_due,
        date_diff('hour', coalesce(paid_at, ordered_at), shipped_at)
            as dispatch_hours
    from {{ ref('stg_order__sales_order') }}
    where fulfil_mode = 'dropship' and (paid_at is not null or is_cod)

),

---------- shares: how many of how many
shares as (

    select
        supplier_id,
        'otif_promised' as measure,
        count(*) as samples,
        avg(cast(accepted_by_promise_qty >= wanted_qty as integer)) as value
    from purchase_lines
    where is_due_by_promise
    group by supplier_id

    union all by name

    select
        supplier_id,
        'otif_requested' as measure,
        count(*) as samples,
        avg(cast(accepted_by_request_qty >= wanted_qty as integer)) as value
    from purchase_lines
    where is_due_by_request
    group by supplier_id

    union all by name

    select
        supplier_id,
        'fill' as measure,
        count(*) as samples,
        sum(least(accepted_qty, wanted_qty))
        / cast(sum(wanted_qty) as double) as value,
        {{ exact_sum(
            "pow(least(accepted_qty, wanted_qty), 2) / wanted_qty"
        ) }} / cast(sum(wanted_qty) as double) as mean_square
    from purchase_lines
    where
        coalesce(promised_date, requested_date)
        < {{ business_date(as_of()) }}
    group by supplier_id

    union all by name

    -- defects cluster: a receipt line is one sample, however many its units
    select
        coalesce(receipts.supplier_id, po_lines.supplier_id) as supplier_id,
        'defect' as measure,
        count(*) as samples,
        sum(receipts.rejected_qty)
        / cast(nullif(sum(receipts.received_qty), 0) as double) as value,
        {{ exact_sum(
            "pow(receipts.rejected_qty, 2) / receipts.received_qty"
        ) }} / cast(sum(receipts.received_qty) as double) as mean_square
    from {{ ref('int_receipt_line') }} as receipts
    left join {{ ref('int_purchase_line') }} as po_lines
        on receipts.po_line_id = po_lines.po_line_id
    where receipts.receipt_type = 'purchase'
    group by all

    union all by name

    select
        shipped.supplier_id,
        'caused_return' as measure,
        cast(ceil(shipped.shipped_qty) as bigint) as samples,
        least(
            coalesce(caused_returns.returned_qty, 0)
            / cast(shipped.shipped_qty as double),
            1
        ) as value
    from shipped
    left join caused_returns
        on shipped.supplier_id = caused_returns.supplier_id

    union all by name

    select
        supplier_id,
        'invoice_match' as measure,
        count(*) as samples,
        avg(cast(not is_exception as integer)) as value
    from {{ ref('three_way_match') }}
    where invoiced_qty > 0
    group by supplier_id

    union all by name

    select
        supplier_id,
        'poor_review' as measure,
        count(*) as samples,
        avg(cast(is_poor as integer)) as value
    from reviews
    group by supplier_id

    union all by name

    select
        supplier_id,
        'dropship_on_time' as measure,
        count(*) as samples,
        avg(cast(coalesce(is_on_time, false) as integer)) as value
    from dropship_orders
    where is_due
    group by supplier_id

    union all by name

    select
        supplier_id,
        'dropship_cancel' as measure,
        count(*) as samples,
        avg(cast(coalesce(is_cancelled, false) as integer)) as value
    from dropship_orders
    group by supplier_id

),

---------- means: whole days, whole hours, millionths of a price
lead_times as (

    select
        supplier_id,
        date_diff('day', ordered_date, last_received_date) as lead_time,
        date_diff('day', ordered_date, confirmed_date) as confirm_time,
        date_diff('day', confirmed_date, first_shipped_date) as ship_time,
        date_diff('day', first_shipped_date, first_received_date)
            as road_time,
        date_diff('day', first_received_date, last_received_date)
            as complete_time
    from purchase_lines
    where tells_lead_time

),

prices as (

    select
        supplier_id,
        sku_id,
        currency,
        sum(net_unit_price * ordered_qty) filter (where is_recent)
        / cast(
            nullif(sum(ordered_qty) filter (where is_recent), 0) as double
        ) as recent_price,
        sum(net_unit_price * ordered_qty) filter (where not is_recent)
        / cast(
            nullif(sum(ordered_qty) filter (where not is_recent), 0) as double
        ) as earlier_price
    from (
        select
            *,
            ordered_date >= {{ business_date(as_of()) }} - 90 as is_recent
        from purchase_lines
        where
            ordered_date >= {{ business_date(as_of()) }} - 360
            and net_unit_price > 0
    ) as priced_lines
    group by supplier_id, sku_id, currency

),

samples as (

    {% for stage in [
        "lead_time", "confirm_time", "ship_time", "road_time", "complete_time"
    ] %}
        select
            supplier_id,
            '{{ stage }}' as measure,
            {{ stage }} as sample
        from lead_times
        where {{ stage }} is not null

        union all
    {% endfor %}
    select
        supplier_id,
        'dropship_dispatch' as measure,
        dispatch_hours as sample
    from dropship_orders
    where dispatch_hours >= 0

    union all

    select
        supplier_id,
        'price_drift' as measure,
        cast(round(1000000 * (recent_price / earlier_price - 1)) as bigint)
            as sample
    from prices
    where recent_price is not null and earlier_price is not null

),

means as (

    select
        supplier_id,
        measure,
        count(*) as samples,
        avg(sample) / any_value(scale) as value,
        {{ stddev_of_whole("sample") }} / any_value(scale) as std_dev,
        quantile_cont(sample, 0.95) / any_value(scale) as p95
    from (
        select
            *,
            case when measure = 'price_drift' then 1000000.0 else 1 end
                as scale
        from samples
    ) as scaled
    group by supplier_id, measure

),

final as (

    select
        supplier_id,
        measure,
        samples,
        value,
        -- yes or no is its own square
        sqrt(
            greatest(coalesce(mean_square, value) - value * value, 0)
            * samples / nullif(samples - 1, 0)
        ) as std_dev,
        cast(null as double) as p95,
        {{ wilson("value", "samples", "low") }} as low,
        {{ wilson("value", "samples", "high") }} as high
    from shares
    where samples > 0

    union all

    select
        supplier_id,
        measure,
        samples,
        value,
        std_dev,
        p95,
        value - {{ student_margin("std_dev", "samples") }} as low,
        value + {{ student_margin("std_dev", "samples") }} as high
    from means

)

select * from final
