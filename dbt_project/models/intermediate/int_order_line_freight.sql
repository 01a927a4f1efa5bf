{{ config(materialized='table') }}

-- What it cost to ship each order line: billed, or estimated until the bill
-- comes, shared among the lines of a parcel by weight, else by piece.
with

shipments as (

    select
        carrier_id,
        waybill_no,
        min(outbound_id) as outbound_id,
        max(est_freight) as est_freight
    from {{ ref('stg_logistics__shipment') }}
    where direction = 'outbound' and outbound_id is not null
    group by carrier_id, waybill_no

),

bills as (

    select
        carrier_id,
        waybill_no,
        sum(amount) as billed_freight
    from {{ ref('stg_logistics__freight_bill_line') }}
    where charge_type != 'return'
    group by carrier_id, waybill_no

),

parcels as (

    select
        shipments.outbound_id,
        sum(coalesce(bills.billed_freight, shipments.est_freight, 0))
            as freight_amount,
        bool_and(bills.billed_freight is not null) as is_billed
    from shipments
    left join bills
        on
            shipments.carrier_id = bills.carrier_id
            and shipments.waybill_no = bills.waybill_no
    group by shipments.outbound_id

),

outbound_lines as (

    select
        lines.outbound_id,
        lines.order_line_id,
        sum(
            coalesce(lines.shipped_qty, lines.planned_qty, 0)
            * coalesce(nullif(skus.weight_g, 0), 1)
        ) as weight
    from {{ ref('stg_warehouse__outbound_line') }} as lines
    left join {{ ref('int_sku') }} as skus on lines.sku_id = skus.sku_id
    where lines.order_line_id is not null
    group by lines.outbound_id, lines.order_line_id

),

shares as (

    select
        outbound_id,
        order_line_id,
        coalesce(
            weight / nullif(sum(weight) over (partition by outbound_id), 0),
            1.0 / count(*) over (partition by outbound_id)
        ) as share
    from outbound_lines

),

final as (

    select
        shares.order_line_id,
        {{ money(exact_sum("parcels.freight_amount * shares.share")) }}
            as freight_amount,
        bool_and(parcels.is_billed) as is_billed
    from shares
    inner join parcels on shares.outbound_id = parcels.outbound_id
    group by shares.order_line_id

)

select * from final
