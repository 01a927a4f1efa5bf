with

suppliers as (

    select * from {{ ref('int_supplier') }}

),

purchase_lines as (

    select
        *,
        ordered_qty - cancelled_qty as wanted_qty,
        promised_date < {{ business_date(as_of()) }} as is_due_by_promise,
        requested_date < {{ business_date(as_of()) }} as is_due_by_request,
        case
            when
                open_qty = 0
                and last_received_date is not null
                and po_type != 'initial'
                then date_diff('day', ordered_date, last_received_date)
        end as lead_time_days
    from {{ ref('int_purchase_line') }}
    where
        po_type != 'return'
        and po_status not in ('draft', 'submitted', 'cancelled')
        and ordered_qty > cancelled_qty

),

receipt_lines as (

    select
        coalesce(receipts.supplier_id, po_lines.supplier_id) as supplier_id,
        receipts.received_qty,
        receipts.rejected_qty
    from {{ ref('int_receipt_line') }} as receipts
    left join {{ ref('int_purchase_line') }} as po_lines
        on receipts.po_line_id = po_lines.po_line_id

),

by_order as (

    select
        supplier_id,
        count(*) as order_lines,
        count(*) filter (where is_due_by_promise) as promise_samples,
        count(*) filter (where is_due_by_request) as request_samples,
        count(lead_time_days) as lead_time_samples,
        avg(
            cast(accepted_by_promise_qty >= wanted_qty as integer)
        ) filter (where is_due_by_promise) as otif_promised_rate,
        avg(
            cast(accepted_by_request_qty >= wanted_qty as integer)
        ) filter (where is_due_by_request) as otif_requested_rate,
        sum(least(accepted_qty, wanted_qty)) filter (where is_due_by_promise)
        / cast(
            nullif(sum(wanted_qty) filter (where is_due_by_promise), 0)
            as double
        ) as fill_rate,
        avg(lead_time_days) as lead_time_mean_days,
        {{ stddev_of_whole("lead_time_days") }} as lead_time_std_days,
        quantile_cont(lead_time_days, 0.95) as lead_time_p95_days,
        sum(open_qty) filter (
            where expected_date < {{ business_date(as_of()) }}
        ) as late_open_qty,
        sum(open_qty * unit_price) as open_amount
    from purchase_lines
    group by supplier_id

),

by_receipt as (

    select
        supplier_id,
        count(*) as receipt_lines,
        sum(rejected_qty) / cast(nullif(sum(received_qty), 0) as double)
            as defect_rate
    from receipt_lines
    group by supplier_id

),

joined as (

    select
        suppliers.supplier_id,
        suppliers.supplier_name,
        suppliers.supplier_type,
        suppliers.status,
        coalesce(by_order.order_lines, 0) as order_lines,
        coalesce(by_order.promise_samples, 0) as promise_samples,
        coalesce(by_order.request_samples, 0) as request_samples,
        coalesce(by_order.lead_time_samples, 0) as lead_time_samples,
        coalesce(by_receipt.receipt_lines, 0) as receipt_lines,
        by_order.otif_promised_rate,
        by_order.otif_requested_rate,
        by_order.fill_rate,
        by_receipt.defect_rate,
        by_order.lead_time_mean_days,
        by_order.lead_time_std_days,
        by_order.lead_time_p95_days,
        by_order.late_open_qty,
        by_order.open_amount
    from suppliers
    left join by_order on suppliers.supplier_id = by_order.supplier_id
    left join by_receipt on suppliers.supplier_id = by_receipt.supplier_id

),

final as (

    select
        ---------- ids
        supplier_id,

        ---------- text
        supplier_name,
        supplier_type,
        status,

        ---------- samples
        order_lines,
        promise_samples,
        request_samples,
        lead_time_samples,
        receipt_lines,
        promise_samples >= {{ var("scorecard_min_samples") }}
        and lead_time_samples >= {{ var("scorecard_min_samples") }}
            as has_enough_samples,

        ---------- on time, in full
        otif_promised_rate,
        {{ wilson("otif_promised_rate", "promise_samples", "low") }}
            as otif_promised_low,
        {{ wilson("otif_promised_rate", "promise_samples", "high") }}
            as otif_promised_high,
        otif_requested_rate,
        {{ wilson("otif_requested_rate", "request_samples", "low") }}
            as otif_requested_low,
        {{ wilson("otif_requested_rate", "request_samples", "high") }}
            as otif_requested_high,
        fill_rate,

        ---------- quality; defects cluster, so a receipt line is one sample
        defect_rate,
        {{ wilson("defect_rate", "receipt_lines", "low") }} as defect_low,
        {{ wilson("defect_rate", "receipt_lines", "high") }} as defect_high,

        ---------- lead time
        lead_time_mean_days,
        lead_time_std_days,
        lead_time_p95_days,

        ---------- open orders
        {{ qty("coalesce(late_open_qty, 0)") }} as late_open_qty,
        {{ money("coalesce(open_amount, 0)") }} as open_amount

    from joined

)

select * from final
