-- What is still to come of purchase-order lines, by the day it is expected:
-- what a supplier announced on its road comes when he said, the rest when the
-- line does. Receipts name no notice: what was announced first came first.
with

purchase_lines as (

    select * from {{ ref('int_purchase_line') }}
    where open_qty > 0

),

noticed as (

    select
        notices.po_line_id,
        notices.shipped_qty,
        {{ business_date("notices.eta") }} as announced_date,
        sum(notices.shipped_qty) over (
            partition by notices.po_line_id
            order by
                notices.eta nulls last, notices.shipped_at, notices.asn_line_id
        ) as shipped_until_qty
    from {{ ref('stg_procurement__asn_line') }} as notices
    where notices.shipped_qty > 0

),

-- no more of a notice than came neither yet nor is beyond what is open
under_way as (

    select
        purchase_lines.*,
        case
            when
                purchase_lines.in_transit_qty < purchase_lines.open_qty
                or purchase_lines.announced_date is not null
                then coalesce(noticed.announced_date, purchase_lines.told_date)
            else purchase_lines.told_date
        end as arrival_date,
        greatest(
            least(
                noticed.shipped_until_qty,
                purchase_lines.received_qty + purchase_lines.open_qty
            )
            - greatest(
                noticed.shipped_until_qty - noticed.shipped_qty,
                purchase_lines.received_qty
            ),
            0
        ) as arriving_qty
    from purchase_lines
    inner join noticed on purchase_lines.po_line_id = noticed.po_line_id

),

parts as (

    select
        * exclude (arrival_date, arriving_qty),
        arrival_date,
        arriving_qty,
        true as is_shipped
    from under_way
    union all
    select
        *,
        told_date as arrival_date,
        open_qty - in_transit_qty as arriving_qty,
        false as is_shipped
    from purchase_lines

),

final as (

    select
        ---------- ids
        source_system,
        po_line_id,
        supplier_id,
        sku_id,
        location_id,

        ---------- quantities
        {{ qty("sum(arriving_qty)") }} as arriving_qty,

        ---------- booleans
        is_shipped,
        is_own_supply,
        is_acknowledged,

        ---------- dates
        ordered_date,
        arrival_date

    from parts
    where arriving_qty > 0
    group by all

)

select * from final
