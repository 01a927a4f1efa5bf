{{ config(materialized='table') }}

-- Control 6: what carriers bill, against the rate card, our estimate and the
-- parcels that we sent.
with

shipments as (

    select * from {{ ref('stg_logistics__shipment') }}

),

rates as (

    select * from {{ ref('stg_logistics__carrier_rate') }}

),

bill_lines as (

    select * from {{ ref('stg_logistics__freight_bill_line') }}
    where waybill_no is not null

),

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
    from bill_lines
    group by carrier_id, waybill_no

),

-- the parcels behind what is billed, found once for all that is compared
parcels as (

    select
        billed.*,
        shipments.waybill_no is not null as is_ours,
        shipments.direction,
        shipments.service_code,
        shipments.warehouse_id,
        shipments.dest_zone,
        shipments.actual_weight_g,
        shipments.volume_cm3,
        shipments.est_freight,
        {{ business_date("shipments.handed_over_at") }} as handed_over_date
    from billed
    left join shipments
        on
            billed.carrier_id = shipments.carrier_id
            and billed.waybill_no = shipments.waybill_no

),

-- billed twice is another check's matter
single_parcels as (

    select * from parcels
    where times = 1 and direction = 'outbound'

),

-- grams counted, up to the carrier's unit, in the band that holds them
weighed as (

    select
        parcels.carrier_id,
        parcels.waybill_no,
        parcels.freight_amount,
        rates.weight_from_g,
        rates.weight_to_g,
        rates.first_weight_g,
        rates.first_fee,
        rates.step_g,
        rates.step_fee,
        rates.min_fee,
        greatest(
            parcels.actual_weight_g,
            coalesce(
                ceil(
                    parcels.volume_cm3 * 1000
                    / nullif(rates.volumetric_divisor, 0)
                ),
                0
            )
        ) as grams,
        case rates.rounding
            when 'up_100g' then 100
            when 'up_500g' then 500
            when 'up_1kg' then 1000
            else 1
        end as unit_g
    from single_parcels as parcels
    inner join rates
        on
            parcels.carrier_id = rates.carrier_id
            and parcels.service_code = rates.service_code
            and parcels.warehouse_id = rates.origin_zone
            and parcels.dest_zone = rates.dest_zone
            and parcels.handed_over_date >= rates.valid_from
            and (
                rates.valid_to is null
                or parcels.handed_over_date < rates.valid_to
            )

),

rounded as (

    select
        * exclude (grams),
        ceil(grams / unit_g) * unit_g as grams
    from weighed

),

due as (

    select
        carrier_id,
        waybill_no,
        any_value(freight_amount) as billed_amount,
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
        ) as due_amount
    from rounded
    where
        grams >= coalesce(weight_from_g, 0)
        and (weight_to_g is null or grams <= weight_to_g)
    group by carrier_id, waybill_no

),

by_rate_card as (

    select
        'billed_by_rate_card' as check_name,
        carrier_id as scope,
        waybill_no as record_key,
        billed_amount as found,
        due_amount as expected,
        abs(billed_amount - due_amount) as money_at_stake
    from due

),

as_estimated as (

    select
        'billed_as_estimated' as check_name,
        carrier_id as scope,
        waybill_no as record_key,
        amount as found,
        est_freight as expected,
        abs(amount - est_freight) as money_at_stake
    from single_parcels
    where est_freight is not null

),

once as (

    select
        'waybill_billed_once' as check_name,
        carrier_id as scope,
        waybill_no as record_key,
        times as found,
        least(times, 1) as expected,
        freight_amount * (times - 1) / nullif(times, 0) as money_at_stake
    from billed
    where times > 0

),

of_ours as (

    select
        'billed_parcel_is_ours' as check_name,
        carrier_id as scope,
        waybill_no as record_key,
        1 as found,
        cast(is_ours as integer) as expected,
        coalesce(amount, 0) as money_at_stake
    from parcels
    where {{ is_delivered('logistics', 'shipment') }}

),

compared as (

    select * from by_rate_card
    union all
    select * from as_estimated
    union all
    select * from once
    union all
    select * from of_ours

),

off as (

    select * from compared
    where found != expected

),

-- where it came from is looked up for what is off
sources as (

    select
        carrier_id,
        waybill_no,
        min({{ source_of('logistics.freight_bill_line') }}) as source
    from bill_lines
    where waybill_no in (select off.record_key from off)
    group by carrier_id, waybill_no

),

together as (

    select
        check_name,
        scope,
        null as record_key,
        null as source,
        0 as found,
        0 as expected,
        0 as money_at_stake,
        count(*) as row_count
    from compared
    where found = expected
    group by check_name, scope

    union all

    select
        off.check_name,
        off.scope,
        off.record_key,
        sources.source,
        off.found,
        off.expected,
        off.money_at_stake,
        1 as row_count
    from off
    left join sources
        on
            off.scope = sources.carrier_id
            and off.record_key = sources.waybill_no

),

{{ summed_checks('together', row_count='row_count') }}

select * from final
