{{ config(materialized='table') }}
{%- set checks = [
    (
        "billed_by_rate_card",
        "freight_amount",
        "due_amount",
        "abs(freight_amount - due_amount)",
        "is_single",
    ),
    (
        "billed_as_estimated",
        "billed_amount",
        "est_freight",
        "abs(billed_amount - est_freight)",
        "is_single",
    ),
    (
        "waybill_billed_once",
        "times",
        "least(times, 1)",
        "freight_amount * (times - 1) / nullif(times, 0)",
        "times > 0",
    ),
    (
        "billed_parcel_is_ours",
        "1",
        "cast(is_ours as integer)",
        "coalesce(billed_amount, 0)",
        "is_shipment_delivered",
    ),
] %}

-- Control 6: what carriers bill, against the rate card, our estimate and the
-- parcels that we sent. What is as it should be is counted, the rest is listed.
with

delivered as (

    select {{ is_delivered('logistics', 'shipment') }} as is_shipment_delivered

),

parcels as not materialized (

    select
        billed.*,
        delivered.is_shipment_delivered,
        -- billed twice is another check's matter
        billed.times = 1 and billed.direction = 'outbound' as is_single
    from {{ ref('int_billed_parcel') }} as billed
    cross join delivered

),

counted as (

    {% for check_name, found, expected, money, is_compared in checks %}
        select
            '{{ check_name }}' as check_name,
            carrier_id as scope,
            count(*) as row_count
        from parcels
        where {{ is_compared }} and {{ found }} = {{ expected }}
        group by carrier_id
        {{ "union all" if not loop.last }}
    {% endfor %}

),

off as (

    {% for check_name, found, expected, money, is_compared in checks %}
        select
            '{{ check_name }}' as check_name,
            carrier_id as scope,
            waybill_no as record_key,
            {{ found }} as found,
            {{ expected }} as expected,
            {{ money }} as money_at_stake
        from parcels
        where {{ is_compared }} and {{ found }} != {{ expected }}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

-- where it came from is looked up for what is off
sources as (

    select
        carrier_id,
        waybill_no,
        min({{ source_of('logistics.freight_bill_line') }}) as source
    from {{ ref('stg_logistics__freight_bill_line') }}
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
        row_count
    from counted

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
