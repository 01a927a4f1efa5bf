{{ config(
    materialized='table',
    unit=['carrier_id', 'waybill_no'],
    changed_by='changed_billed_parcels',
    all_units={'stg_logistics__freight_bill_line': 'carrier_id, waybill_no'}
) }}
{%- set changed = changed_billed_parcels() %}
{%- set is_looked_at = is_of_changed_units(changed) %}

-- Control 6: what a carrier bills under each waybill, beside the parcel that we
-- sent under it, our estimate, and what the rate card says.
with

-- the fee for the way; a second weighing and a claim stand on other lines
billed as (

    select
        carrier_id,
        waybill_no,
        count(*) filter (where charge_type = 'freight' and amount > 0)
        - count(*) filter (where charge_type = 'freight' and amount < 0)
            as times,
        sum(amount) filter (where charge_type = 'freight') as freight_amount,
        sum(amount) filter (where charge_type in ('freight', 'remote'))
            as amount
    from {{ ref('stg_logistics__freight_bill_line') }}
    where waybill_no is not null and {{ is_looked_at }}
    group by carrier_id, waybill_no

),

shipments as (

    select
        carrier_id,
        waybill_no,
        direction,
        service_code,
        warehouse_id,
        dest_zone,
        actual_weight_g,
        volume_cm3,
        est_freight,
        {{ business_date("handed_over_at") }} as handed_over_date
    from {{ ref('stg_logistics__shipment') }}
    where {{ is_looked_at }}

),

rates as (

    select
        *,
        coalesce(valid_to, date '9999-12-31') as valid_until
    from {{ ref('stg_logistics__carrier_rate') }}

),

-- grams counted, up to the carrier's unit; billed twice is another check's
-- matter, so of that no rate is looked up
weighed as (

    select
        billed.*,
        shipments.waybill_no is not null as is_ours,
        shipments.direction,
        shipments.est_freight,
        rates.carrier_id is not null as is_rated,
        rates.weight_from_g,
        rates.weight_to_g,
        rates.first_weight_g,
        rates.first_fee,
        rates.step_g,
        rates.step_fee,
        rates.min_fee,
        greatest(
            shipments.actual_weight_g,
            coalesce(
                ceil(
                    shipments.volume_cm3 * 1000
                    / nullif(rates.volumetric_divisor, 0)
                ),
                0
            )
        ) as weight_g,
        case rates.rounding
            when 'up_100g' then 100
            when 'up_500g' then 500
            when 'up_1kg' then 1000
            else 1
        end as unit_g,
        ceil(weight_g / unit_g) * unit_g as grams
    from billed
    left join shipments
        on
            billed.carrier_id = shipments.carrier_id
            and billed.waybill_no = shipments.waybill_no
    left join rates
        on
            billed.carrier_id = rates.carrier_id
            -- a condition of one side, or an `or`, would make the join a loop
            and case
                when billed.times = 1 and shipments.direction = 'outbound'
                    then shipments.service_code
            end
            = rates.service_code
            and shipments.warehouse_id = rates.origin_zone
            and shipments.dest_zone = rates.dest_zone
            and shipments.handed_over_date >= rates.valid_from
            and shipments.handed_over_date < rates.valid_until

),

-- one parcel, though several bands hold it or two systems tell of it
final as (

    select
        ---------- ids
        carrier_id,
        waybill_no,

        ---------- text
        min(direction) as direction,

        ---------- counts
        any_value(times) as times,

        ---------- money
        any_value(freight_amount) as freight_amount,
        any_value(amount) as billed_amount,
        min(est_freight) as est_freight,
        max(
            greatest(
                round(
                    first_fee
                    + cast(
                        greatest(grams - first_weight_g, 0)
                        as decimal(18, 0)
                    ) * step_fee / nullif(step_g, 0) + 0.0000001,
                    2
                ),
                coalesce(min_fee, 0)
            )
        ) filter (
            where
            is_rated
            and grams >= coalesce(weight_from_g, 0)
            and (weight_to_g is null or grams <= weight_to_g)
        ) as due_amount,

        ---------- booleans
        any_value(is_ours) as is_ours

    from weighed
    group by carrier_id, waybill_no

)

select * from final
