-- Open purchase lines for our own stock that bring less, or not when it was
-- told, and what is to blame: the lorry or vessel they are on, else their
-- order. The id of a cause is the same on every day and for all it delays.
with

tracked as (

    select * from {{ ref('int_open_purchase') }}
    where is_own_supply

),

-- what brings a line that is on its way
transports as (

    select
        po_line_id,
        arg_max(waybill_no, shipped_at) as waybill_no
    from {{ ref('stg_procurement__asn_line') }}
    where waybill_no != ''
    group by po_line_id

),

delayed as (

    select
        tracked.po_line_id,
        tracked.po_id,
        tracked.sku_id,
        tracked.location_id,
        tracked.supplier_id,
        tracked.tracking_status as trouble,
        tracked.open_qty as trouble_qty,
        case when tracked.in_transit_qty > 0 then transports.waybill_no end
            as waybill_no
    from tracked
    left join transports on tracked.po_line_id = transports.po_line_id
    where tracked.tracking_status in ('late', 'unacknowledged', 'postponed')

),

confirmed_short as (

    select
        po_line_id,
        po_id,
        sku_id,
        location_id,
        supplier_id,
        'confirmed_short' as trouble,
        unconfirmed_qty as trouble_qty,
        null as waybill_no
    from {{ ref('int_purchase_line') }}
    where unconfirmed_qty > 0 and is_own_supply and not is_finished

),

troubles as (

    select * from delayed
    union all
    select * from confirmed_short

),

blamed as (

    select
        *,
        if(waybill_no is null, 'purchase_order', 'shipment') as cause_kind,
        coalesce(waybill_no, po_id, po_line_id) as cause_subject
    from troubles

),

final as (

    select
        ---------- ids
        po_line_id,
        sku_id,
        location_id,
        supplier_id,
        {{ cause_id("cause_kind", "cause_subject") }} as cause_id,

        ---------- text
        trouble,
        cause_kind,
        cause_subject,

        ---------- quantities
        trouble_qty,

        ---------- numbers
        -- what is to blame first where a place has several
        row_number() over (
            partition by sku_id, location_id
            order by
                case trouble
                    when 'late' then 1
                    when 'postponed' then 2
                    when 'confirmed_short' then 3
                    else 4
                end,
                trouble_qty desc,
                cause_subject,
                po_line_id
        ) as place

    from blamed

)

select * from final
