{{ config(materialized='table') }}

-- Purchase-order lines with what was received, what is still open and when.
with

po_lines as (

    select * from {{ ref('stg_procurement__purchase_order_line') }}

),

orders as (

    select * from {{ ref('stg_procurement__purchase_order') }}

),

-- lines of which somebody said a day elsewhere: to us, or with a shipment
said_elsewhere as (

    select
        source_system,
        po_line_id
    from {{ source('feedback', 'confirmed_line') }}
    union distinct
    select
        po_lines.source_system,
        po_lines.po_line_id
    from po_lines
    semi join {{ ref('stg_procurement__asn_line') }} as notices
        on po_lines.po_line_id = notices.po_line_id
    where
        coalesce(po_lines.line_status, '')
        not in ('received', 'closed', 'cancelled')

),

told as (

    {{ told_days('said_elsewhere') }}

),

receipts as (

    select
        receipt_lines.po_line_id,
        {{ qty("sum(receipt_lines.received_qty)") }} as received_qty,
        {{ qty("sum(receipt_lines.accepted_qty)") }} as accepted_qty,
        {{ qty("sum(receipt_lines.rejected_qty)") }} as rejected_qty,
        {{ qty(
            "sum(receipt_lines.accepted_qty) filter "
            "(where receipt_lines.received_date <= po_lines.promised_date)"
        ) }} as accepted_by_promise_qty,
        {{ qty(
            "sum(receipt_lines.accepted_qty) filter "
            "(where receipt_lines.received_date <= po_lines.requested_date)"
        ) }} as accepted_by_request_qty,
        min(receipt_lines.received_date) as first_received_date,
        max(receipt_lines.received_date) as last_received_date
    from {{ ref('int_receipt_line') }} as receipt_lines
    inner join po_lines on receipt_lines.po_line_id = po_lines.po_line_id
    group by receipt_lines.po_line_id

),

-- what the supplier answered to us, where the export has not told another
-- day since; of what he said will not come, the export may know a part
answered as (

    select
        confirmed.source_system,
        confirmed.po_line_id,
        any_value(confirmed.refused_qty) as refused_qty,
        any_value(confirmed.confirmed_at) as confirmed_at,
        case
            when
                coalesce(
                    max(told.updated_at) <= any_value(confirmed.confirmed_at),
                    true
                )
                then any_value(confirmed.confirmed_date)
        end as confirmed_date
    from {{ source('feedback', 'confirmed_line') }} as confirmed
    left join told
        on
            confirmed.source_system = told.source_system
            and confirmed.po_line_id = told.po_line_id
            and told.told_date is distinct from told.told_before
    group by confirmed.source_system, confirmed.po_line_id

),

-- when another day was told last; the notice of a shipment is a word as well
told_last as (

    select
        source_system,
        po_line_id,
        max(updated_at) as told_at
    from told
    where told_date is distinct from told_before
    group by source_system, po_line_id

),

-- what was ordered when he confirmed as much as now: what a line was raised by
-- since, he has not answered yet
confirmed as (

    select
        po_lines.source_system,
        po_lines.po_line_id,
        arg_min(
            versions.ordered_qty, (versions.updated_at, versions.known_at)
        ) as ordered_qty
    from {{ source('versions', 'purchase_order_line') }} as versions
    inner join po_lines
        on
            versions.source_system = po_lines.source_system
            and versions.po_line_id = po_lines.po_line_id
            and versions.confirmed_qty = po_lines.confirmed_qty
    group by po_lines.source_system, po_lines.po_line_id

),

shipped as (

    select
        po_line_id,
        {{ qty("sum(shipped_qty)") }} as shipped_qty,
        {{ business_date("min(shipped_at)") }} as first_shipped_date,
        {{ business_date("max(eta)") }} as last_announced_date,
        max(updated_at) as announced_at
    from {{ ref('stg_procurement__asn_line') }}
    group by po_line_id

),

joined as (

    select
        ---------- ids
        po_lines.source_system,
        po_lines.po_line_id,
        po_lines.po_id,
        orders.supplier_id,
        po_lines.sku_id,
        coalesce(orders.ship_to_warehouse_id, '*') as location_id,
        po_lines.suggestion_id,

        ---------- text
        -- exports that know no kinds of order hold purchases alone
        coalesce(orders.po_type, 'replenish') as po_type,
        orders.status as po_status,
        orders.currency,

        ---------- quantities
        coalesce(po_lines.ordered_qty, 0) as ordered_qty,
        coalesce(po_lines.cancelled_qty, 0) as cancelled_qty,
        coalesce(answered.refused_qty, 0) as refused_qty,
        -- nought stands where nobody has written yet, unless the line itself
        -- is confirmed
        case
            when
                orders.status not in ('draft', 'submitted', 'approved')
                and (
                    po_lines.confirmed_qty > 0
                    or po_lines.line_status = 'confirmed'
                )
                then
                    greatest(
                        coalesce(confirmed.ordered_qty, po_lines.ordered_qty)
                        - po_lines.confirmed_qty,
                        0
                    )
            else 0
        end as unconfirmed_qty,
        -- the supplier may book a receipt before our own export shows it
        greatest(
            coalesce(po_lines.received_qty, 0),
            coalesce(receipts.received_qty, 0)
        ) as received_qty,
        coalesce(receipts.accepted_qty, 0) as accepted_qty,
        coalesce(receipts.rejected_qty, 0) as rejected_qty,
        coalesce(receipts.accepted_by_promise_qty, 0)
            as accepted_by_promise_qty,
        coalesce(receipts.accepted_by_request_qty, 0)
            as accepted_by_request_qty,
        coalesce(shipped.shipped_qty, 0) as asn_shipped_qty,

        ---------- money
        po_lines.unit_price,
        {{ money(
            "po_lines.unit_price * (1 - coalesce(po_lines.discount, 0)) "
            "/ nullif(1 + case when coalesce(orders.tax_included, true) "
            "then coalesce(po_lines.tax_rate, 0) else 0 end, 0)"
        ) }} as net_unit_price,
        coalesce(po_lines.tax_rate, 0) as tax_rate,

        ---------- booleans
        orders.status in ('received', 'closed', 'cancelled')
        or coalesce(po_lines.line_status, '')
        in ('received', 'closed', 'cancelled') as is_finished,
        orders.status not in ('draft', 'submitted', 'approved')
            as is_acknowledged,
        coalesce(orders.po_type, 'replenish')
        in ('replenish', 'initial', 'promo') as is_own_supply,

        ---------- dates
        orders.ordered_at,
        {{ business_date("orders.ordered_at") }} as ordered_date,
        po_lines.requested_date,
        po_lines.promised_date,
        coalesce(
            answered.confirmed_date,
            po_lines.expected_date,
            po_lines.promised_date,
            po_lines.requested_date
        ) as told_date,
        -- a notice stands until another day is told behind it
        case
            when
                shipped.announced_at >= greatest(
                    told_last.told_at,
                    case
                        when answered.confirmed_date is not null
                            then answered.confirmed_at
                    end
                )
                or (
                    told_last.told_at is null
                    and answered.confirmed_date is null
                )
                then shipped.last_announced_date
        end as announced_date,
        {{ business_date("orders.confirmed_at") }} as confirmed_date,
        shipped.first_shipped_date,
        receipts.first_received_date,
        receipts.last_received_date

    from po_lines
    inner join orders
        on
            po_lines.source_system = orders.source_system
            and po_lines.po_id = orders.po_id
    left join answered
        on
            po_lines.source_system = answered.source_system
            and po_lines.po_line_id = answered.po_line_id
    left join told_last
        on
            po_lines.source_system = told_last.source_system
            and po_lines.po_line_id = told_last.po_line_id
    left join confirmed
        on
            po_lines.source_system = confirmed.source_system
            and po_lines.po_line_id = confirmed.po_line_id
    left join receipts on po_lines.po_line_id = receipts.po_line_id
    left join shipped on po_lines.po_line_id = shipped.po_line_id

),

-- what was cancelled may be what the supplier would not deliver; what came
-- all the same, came
opened as (

    select
        *,
        least(
            greatest(cancelled_qty, refused_qty, unconfirmed_qty),
            greatest(ordered_qty - received_qty, 0)
        ) as not_coming_qty
    from joined

),

travelling as (

    select
        *,
        case
            when is_finished then 0
            else greatest(ordered_qty - received_qty - not_coming_qty, 0)
        end as open_qty,
        least(
            open_qty,
            greatest(asn_shipped_qty - received_qty, 0)
        ) as in_transit_qty
    from opened

),

-- when all of it is there
final as (

    select
        *,
        case
            when open_qty > 0 and in_transit_qty >= open_qty
                then coalesce(announced_date, told_date)
            else told_date
        end as expected_date
    from travelling

)

select * from final
