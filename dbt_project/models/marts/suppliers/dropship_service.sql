{%- set shares = ["dropship_on_time", "dropship_cancel"] -%}

with

suppliers as (

    select * from {{ ref('int_supplier') }}

),

measures as (

    select
        supplier_id,
        {% for share in shares %}
            max(samples) filter (where measure = '{{ share }}')
                as {{ share }}_samples,
            max(value) filter (where measure = '{{ share }}')
                as {{ share }}_rate,
            max(low) filter (where measure = '{{ share }}')
                as {{ share }}_low,
            max(high) filter (where measure = '{{ share }}')
                as {{ share }}_high,
        {% endfor %}
        max(value) filter (where measure = 'dropship_dispatch')
            as dispatch_mean_hours,
        max(p95) filter (where measure = 'dropship_dispatch')
            as dispatch_p95_hours
    from {{ ref('supplier_measure') }}
    group by supplier_id

),

orders as (

    select
        supplier_id,
        count(*) as orders,
        count(*) filter (where shipped_at is not null) as shipped_orders,
        count(*) filter (
            where shipped_at is null
            and closed_at is null
            and promised_ship_by < {{ as_of() }}
        ) as late_open_orders,
        avg(date_diff('hour', shipped_at, delivered_at)) as transit_mean_hours,
        max(ordered_at) as last_ordered_at
    from {{ ref('stg_order__sales_order') }}
    where
        fulfil_mode = 'dropship'
        and supplier_id is not null
        and (paid_at is not null or is_cod)
    group by supplier_id

),

---------- a waybill on the supplier's notice
notices as (

    select
        po_lines.supplier_id,
        count(*) as noticed_lines,
        count(*) filter (where notices.waybill_no is not null)
            as tracked_lines
    from {{ ref('stg_procurement__asn_line') }} as notices
    inner join {{ ref('int_purchase_line') }} as po_lines
        on notices.po_line_id = po_lines.po_line_id
    where po_lines.po_type = 'dropship'
    group by po_lines.supplier_id

),

money as (

    select
        supplier_id,
        sum(net_revenue_amount) as net_revenue_amount,
        sum(profit_amount) as profit_amount,
        -sum(refund_amount) as refund_amount
    from {{ ref('profit_waterfall') }}
    where fulfil_mode = 'dropship' and supplier_id is not null
    group by supplier_id

),

final as (

    select
        ---------- ids
        orders.supplier_id,

        ---------- text
        suppliers.supplier_name,
        suppliers.status,

        ---------- numbers
        orders.orders,
        orders.shipped_orders,
        orders.late_open_orders,
        coalesce(
            measures.dropship_on_time_samples
            >= {{ var("scorecard_min_samples") }},
            false
        ) as has_enough_samples,

        ---------- shares
        measures.dropship_on_time_rate as on_time_rate,
        measures.dropship_on_time_low as on_time_low,
        measures.dropship_on_time_high as on_time_high,
        measures.dropship_cancel_rate as cancel_rate,
        measures.dropship_cancel_low as cancel_low,
        measures.dropship_cancel_high as cancel_high,
        round(
            notices.tracked_lines / cast(notices.noticed_lines as double), 6
        ) as tracking_rate,

        ---------- hours
        round(measures.dispatch_mean_hours, 2) as dispatch_mean_hours,
        round(measures.dispatch_p95_hours, 2) as dispatch_p95_hours,
        round(orders.transit_mean_hours, 2) as transit_mean_hours,

        ---------- money
        {{ money("coalesce(money.net_revenue_amount, 0)") }}
            as net_revenue_amount,
        {{ money("coalesce(money.refund_amount, 0)") }} as refund_amount,
        {{ money("coalesce(money.profit_amount, 0)") }} as profit_amount,

        ---------- timestamps
        orders.last_ordered_at

    from orders
    left join suppliers on orders.supplier_id = suppliers.supplier_id
    left join measures on orders.supplier_id = measures.supplier_id
    left join notices on orders.supplier_id = notices.supplier_id
    left join money on orders.supplier_id = money.supplier_id

)

select * from final
