{%- set today = business_date(as_of()) -%}

with

billed as (

    select
        carrier_id,
        waybill_no,
        sum(amount) as freight_amount
    from {{ ref('stg_logistics__freight_bill_line') }}
    where
        waybill_no is not null
        and charge_type not in ('claim_credit', 'return')
    group by carrier_id, waybill_no

),

-- judged is what should have arrived by now, whether it has or not
parcels as (

    select
        parcels.carrier_id,
        parcels.service_code,
        parcels.origin_region,
        parcels.dest_region,
        {{ weight_class("parcels.actual_weight_g") }} as weight_class,
        cast(parcels.outcome = 'arrived' as integer) as is_delivered,
        cast(
            parcels.outcome = 'arrived'
            and parcels.ended_date <= parcels.promised_date as integer
        ) as is_on_time,
        cast(parcels.final_status = 'damaged' as integer) as is_damaged,
        cast(parcels.final_status = 'lost' as integer) as is_lost,
        case
            when parcels.outcome = 'arrived'
                then parcels.ended_date - parcels.handed_over_date
        end as days,
        coalesce(billed.freight_amount, parcels.est_freight) as freight_amount,
        coalesce(troubles.claim_amount, 0) as claim_amount,
        coalesce(troubles.open_claim_amount, 0) as open_claim_amount
    from {{ ref('int_parcel') }} as parcels
    left join billed
        on
            parcels.carrier_id = billed.carrier_id
            and parcels.waybill_no = billed.waybill_no
    left join {{ ref('parcel_trouble') }} as troubles
        on
            parcels.carrier_id = troubles.carrier_id
            and parcels.waybill_no = troubles.waybill_no
    where
        parcels.promised_date < {{ today }}
        and parcels.handed_over_date
        >= {{ today }} - {{ var("carrier_scorecard_days") }}

),

-- what all services together do with parcels of a lane and weight class
mixes as (

    select
        origin_region,
        dest_region,
        weight_class,
        avg(is_on_time) as on_time_rate,
        avg(freight_amount) as freight_amount
    from parcels
    group by origin_region, dest_region, weight_class

),

beside as (

    select
        parcels.*,
        mixes.on_time_rate as mix_on_time_rate,
        mixes.freight_amount as mix_freight_amount
    from parcels
    inner join mixes
        on
            parcels.origin_region = mixes.origin_region
            and parcels.dest_region = mixes.dest_region
            and parcels.weight_class = mixes.weight_class

),

counted as (

    select
        carrier_id,
        service_code,
        coalesce(origin_region, '*') as origin_region,
        coalesce(dest_region, '*') as dest_region,
        coalesce(weight_class, '*') as weight_class,
        grouping(origin_region) = 1 as is_whole,
        count(*) as parcels,
        avg(is_delivered) as delivered_rate,
        avg(is_on_time) as on_time_rate,
        avg(mix_on_time_rate) as mix_on_time_rate,
        avg(is_damaged) as damaged_rate,
        avg(is_lost) as lost_rate,
        avg(days) as mean_days,
        avg(freight_amount) as parcel_cost,
        avg(mix_freight_amount) filter (where freight_amount is not null)
            as mix_parcel_cost,
        sum(claim_amount) as claim_amount,
        sum(open_claim_amount) as open_claim_amount
    from beside
    group by
        grouping sets (
            (carrier_id, service_code),
            (
                carrier_id,
                service_code,
                origin_region,
                dest_region,
                weight_class
            )
        )

),

overall as (

    select avg(is_on_time) as on_time_rate from parcels

),

-- how much lanes and weights of a service differ beyond chance
-- (Bühlmann and Straub 1970)
spreads as (

    select
        counted.carrier_id,
        counted.service_code,
        any_value(wholes.on_time_rate) as on_time_rate,
        any_value(
            greatest(wholes.on_time_rate * (1 - wholes.on_time_rate), 0.000001)
        ) as within_variance,
        greatest(
            (
                sum(
                    counted.parcels
                    * pow(counted.on_time_rate - wholes.on_time_rate, 2)
                )
                - (count(*) - 1)
                * any_value(wholes.on_time_rate * (1 - wholes.on_time_rate))
            )
            / nullif(
                sum(counted.parcels)
                - sum(counted.parcels * counted.parcels)
                / sum(counted.parcels),
                0
            ),
            0
        ) as between_variance
    from counted
    inner join counted as wholes
        on
            counted.carrier_id = wholes.carrier_id
            and counted.service_code = wholes.service_code
            and wholes.is_whole
    where not counted.is_whole
    group by counted.carrier_id, counted.service_code

),

services as (

    {{ service_names() }}

),

-- a normal posterior of the share of each lane and weight
shrunk as (

    select
        counted.carrier_id,
        counted.service_code,
        counted.origin_region,
        counted.dest_region,
        counted.weight_class,
        spreads.on_time_rate
        + (counted.on_time_rate - spreads.on_time_rate)
        * counted.parcels * coalesce(spreads.between_variance, 0)
        / (
            counted.parcels * coalesce(spreads.between_variance, 0)
            + spreads.within_variance
        ) as on_time_rate,
        1.96 * sqrt(
            coalesce(spreads.between_variance, 0) * spreads.within_variance
            / (
                counted.parcels * coalesce(spreads.between_variance, 0)
                + spreads.within_variance
            )
        ) as half_width
    from counted
    inner join spreads
        on
            counted.carrier_id = spreads.carrier_id
            and counted.service_code = spreads.service_code
    where not counted.is_whole

),

final as (

    select
        ---------- ids
        counted.carrier_id,
        counted.service_code,
        counted.origin_region,
        counted.dest_region,
        counted.weight_class,

        ---------- text
        services.carrier_name,
        services.service_name,

        ---------- samples
        counted.parcels,
        counted.parcels >= {{ var("scorecard_min_samples") }}
            as has_enough_samples,

        ---------- shares
        round(counted.delivered_rate, 6) as delivered_rate,
        round(counted.on_time_rate, 6) as on_time_rate,
        {{ wilson("counted.on_time_rate", "counted.parcels", "low") }}
            as on_time_low,
        {{ wilson("counted.on_time_rate", "counted.parcels", "high") }}
            as on_time_high,
        round(coalesce(shrunk.on_time_rate, counted.on_time_rate), 6)
            as on_time_shrunk,
        coalesce(
            round(greatest(shrunk.on_time_rate - shrunk.half_width, 0), 6),
            {{ wilson("counted.on_time_rate", "counted.parcels", "low") }}
        ) as on_time_shrunk_low,
        coalesce(
            round(least(shrunk.on_time_rate + shrunk.half_width, 1), 6),
            {{ wilson("counted.on_time_rate", "counted.parcels", "high") }}
        ) as on_time_shrunk_high,
        round(
            overall.on_time_rate + counted.on_time_rate
            - counted.mix_on_time_rate,
            6
        ) as on_time_adjusted,
        round(counted.damaged_rate, 6) as damaged_rate,
        round(counted.lost_rate, 6) as lost_rate,

        ---------- days
        round(counted.mean_days, 6) as mean_days,

        ---------- money
        {{ money("counted.parcel_cost") }} as parcel_cost,
        {{ money("counted.mix_parcel_cost") }} as mix_parcel_cost,
        {{ money("counted.claim_amount") }} as claim_amount,
        {{ money("counted.open_claim_amount") }} as open_claim_amount

    from counted
    cross join overall
    left join shrunk
        on
            counted.carrier_id = shrunk.carrier_id
            and counted.service_code = shrunk.service_code
            and counted.origin_region = shrunk.origin_region
            and counted.dest_region = shrunk.dest_region
            and counted.weight_class = shrunk.weight_class
    left join services
        on
            counted.carrier_id = services.carrier_id
            and counted.service_code = services.service_code

)

select * from final
