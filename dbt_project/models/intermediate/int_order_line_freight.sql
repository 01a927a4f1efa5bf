{{ config(
    materialized='table',
    unit=['order_line_id'],
    changed_by='changed_freight_lines',
    all_units={'stg_warehouse__outbound_line': 'order_line_id'},
    tells=['order_line_id']
) }}
{%- set changed = changed_freight_lines() %}
{#- All that lies in a parcel with a changed line shares its freight. -#}
{%- set is_of_changed_parcel, is_of_their_waybill = (
    "outbound_id in (select lines.outbound_id from "
    ~ ref("stg_warehouse__outbound_line") ~ " as lines where "
    ~ is_changed("lines.order_line_id", changed) ~ ")",
    "waybill_no in (select shipments.waybill_no from shipments)",
) if changed else ("true", "true") %}

-- What it cost to ship each order line: billed, or estimated until the bill
-- comes, shared among the lines of a parcel by what the carrier weighs it by:
-- by volume where its volume is worth more than its weight, else by weight.
with

sent_lines as (

    select *
    from {{ ref('stg_warehouse__outbound_line') }}
    where order_line_id is not null and {{ is_of_changed_parcel }}

),

divisors as (

    select
        carrier_id,
        service_code,
        min(volumetric_divisor) as volumetric_divisor
    from {{ ref('stg_logistics__carrier_rate') }}
    where volumetric_divisor > 0
    group by carrier_id, service_code

),

shipments as (

    select
        shipments.carrier_id,
        shipments.waybill_no,
        min(shipments.outbound_id) as outbound_id,
        max(shipments.est_freight) as est_freight,
        max(shipments.handed_over_at) as handed_over_at,
        coalesce(
            bool_or(
                shipments.volume_cm3 * 1000.0 / divisors.volumetric_divisor
                > shipments.actual_weight_g
            ),
            false
        ) as is_volumetric
    from {{ ref('stg_logistics__shipment') }} as shipments
    left join divisors
        on
            shipments.carrier_id = divisors.carrier_id
            and shipments.service_code = divisors.service_code
    where
        shipments.direction = 'outbound'
        and shipments.outbound_id is not null
        and {{ is_of_changed_parcel }}
    group by shipments.carrier_id, shipments.waybill_no

),

bills as (

    select
        carrier_id,
        waybill_no,
        sum(amount) as billed_freight
    from {{ ref('stg_logistics__freight_bill_line') }}
    where charge_type != 'return' and {{ is_of_their_waybill }}
    group by carrier_id, waybill_no

),

parcels as (

    select
        shipments.outbound_id,
        min(shipments.carrier_id) as carrier_id,
        sum(coalesce(bills.billed_freight, shipments.est_freight, 0))
            as freight_amount,
        bool_and(bills.billed_freight is not null) as is_billed,
        bool_or(shipments.is_volumetric) as is_volumetric,
        max(shipments.handed_over_at) as handed_over_at
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
        ) as weight,
        sum(
            coalesce(lines.shipped_qty, lines.planned_qty, 0)
            * skus.length_mm * skus.width_mm * skus.height_mm
        ) as volume
    from sent_lines as lines
    left join {{ ref('int_sku') }} as skus on lines.sku_id = skus.sku_id
    group by lines.outbound_id, lines.order_line_id

),

shares as (

    select
        outbound_lines.order_line_id,
        parcels.carrier_id,
        parcels.freight_amount,
        parcels.is_billed,
        parcels.handed_over_at,
        coalesce(
            case
                when parcels.is_volumetric
                    then
                        outbound_lines.volume
                        / nullif(sum(outbound_lines.volume) over parcel, 0)
            end,
            outbound_lines.weight
            / nullif(sum(outbound_lines.weight) over parcel, 0),
            1.0 / count(*) over parcel
        ) as share
    from outbound_lines
    inner join parcels on outbound_lines.outbound_id = parcels.outbound_id
    window parcel as (partition by outbound_lines.outbound_id)

),

summed as (

    select
        order_line_id,
        min(carrier_id) as carrier_id,
        {{ exact_sum("freight_amount * share") }} as freight_amount,
        bool_and(is_billed) as is_billed,
        max(handed_over_at) as handed_over_at
    from shares
    where {{ is_changed('order_line_id', changed) }}
    group by order_line_id

),

final as (

    select
        order_line_id,
        carrier_id,
        {{ narrowed("freight_amount") }} as freight_amount,
        is_billed,
        {{ business_date("handed_over_at") }} as handed_over_date
    from summed

)

select * from final
