with

claims as (

    select * from {{ source('plan', 'freight_claim') }}

),

shipments as (

    select * from {{ ref('stg_logistics__shipment') }}

    qualify
        row_number() over (
            partition by carrier_id, waybill_no order by source_system
        ) = 1

),

bills as (

    select
        carrier_id,
        waybill_no,
        charge_type,
        max(billed_at) as billed_at,
        arg_max(dispute_status, (billed_at, line_no)) as dispute_status,
        max(currency) as currency
    from {{ ref('stg_logistics__freight_bill_line') }}
    where waybill_no is not null
    group by carrier_id, waybill_no, charge_type

),

final as (

    select
        ---------- ids
        claims.carrier_id,
        claims.waybill_no,
        claims.charge_type,
        claims.kind,
        claims.bill_no,
        shipments.service_code,
        shipments.outbound_id,
        shipments.warehouse_id,
        shipments.dest_province,

        ---------- text
        shipments.direction,
        shipments.final_status,
        bills.dispute_status,
        bills.currency,

        ---------- evidence
        claims.billed_weight_g,
        claims.expected_weight_g,
        claims.billed_zone,
        claims.expected_zone,

        ---------- money
        claims.billed_amount,
        claims.expected_amount,
        claims.claim_amount,

        ---------- dates
        bills.billed_at,
        {{ business_date("shipments.handed_over_at") }} as handed_over_date

    from claims
    left join shipments
        on
            claims.carrier_id = shipments.carrier_id
            and claims.waybill_no = shipments.waybill_no
    left join bills
        on
            claims.carrier_id = bills.carrier_id
            and claims.waybill_no = bills.waybill_no
            and claims.charge_type = bills.charge_type

)

select * from final
