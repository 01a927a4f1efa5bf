{%- set today = business_date(as_of()) -%}

with

---------- the parcel that is priced: what half of ours weigh less than
usual as (

    select
        coalesce(
            cast(median(actual_weight_g) as bigint),
            {{ var("default_unit_weight_g") }}
        ) as weight_g
    from {{ ref('int_parcel') }}
    where
        handed_over_date >= {{ today }} - {{ var("carrier_scorecard_days") }}

),

sent as (

    select
        origin_region,
        dest_region,
        count(*) as lane_parcels
    from {{ ref('int_parcel') }}
    where
        handed_over_date >= {{ today }} - {{ var("carrier_scorecard_days") }}
    group by origin_region, dest_region

),

weighed as (

    select
        rates.*,
        usual.weight_g,
        case rates.rounding
            when 'up_100g' then 100
            when 'up_500g' then 500
            when 'up_1kg' then 1000
            else 1
        end as unit_g
    from {{ ref('carrier_rate_current') }} as rates
    cross join usual
    where not rates.is_stopped

),

rounded as (

    select
        *,
        cast(ceil(weight_g * 1.0 / unit_g) * unit_g as bigint)
            as billed_weight_g
    from weighed

),

-- a weight at the edge of two brackets belongs to the lower
bracketed as (

    select * from rounded
    where
        billed_weight_g >= weight_from_g
        and (weight_to_g is null or billed_weight_g <= weight_to_g)

    qualify
        row_number() over (
            partition by carrier_id, service_code, origin_region, dest_region
            order by weight_from_g
        ) = 1

),

freighted as (

    select
        *,
        greatest(
            round(
                first_fee
                + cast(
                    greatest(billed_weight_g - first_weight_g, 0)
                    as decimal(18, 0)
                ) * step_fee / nullif(step_g, 0),
                2
            ),
            coalesce(min_fee, 0)
        ) as freight_amount
    from bracketed

),

priced as (

    select
        *,
        round(
            freight_amount
            * (
                1
                + coalesce(
                    cast(surcharge ->> '$.fuel' as decimal(18, 4)), 0
                )
            )
            + case
                when is_remote
                    then
                        coalesce(
                            cast(surcharge ->> '$.remote' as decimal(18, 4)), 0
                        )
                else 0
            end
            + coalesce(cast(surcharge ->> '$.peak' as decimal(18, 4)), 0),
            2
        ) as parcel_cost
    from freighted

),

---------- how far it is, as the crow flies, and never nothing
regions as (

    select
        region_id,
        min(region_name) as region_name,
        min(lat) as lat,
        min(lon) as lon
    from {{ ref('stg_reference__region') }}
    group by region_id

),

carbon as (

    select arg_max(rate_value, valid_from) as amount_per_kg
    from {{ ref('stg_policy__cost_rate') }}
    where
        kind = 'co2'
        and coalesce(scope, '*') = '*'
        and valid_from <= {{ today }}
        and (valid_to is null or valid_to > {{ today }})

),

located as (

    select
        priced.*,
        origins.region_name as origin_name,
        dests.region_name as dest_name,
        greatest({{ var("least_haul_km") }}, 12742 * asin(sqrt(
            pow(sin(radians(dests.lat - origins.lat) / 2), 2)
            + cos(radians(origins.lat)) * cos(radians(dests.lat))
            * pow(sin(radians(dests.lon - origins.lon) / 2), 2)
        ))) as distance_km,
        {{ co2_per_tonne_km("priced.mode") }} as co2_g_per_tonne_km
    from priced
    left join regions as origins
        on priced.origin_region = origins.region_id
    left join regions as dests
        on priced.dest_region = dests.region_id

),

timed as (

    select
        located.*,
        coalesce(located.transit_days, located.promise_days) as days,
        times.mean_days,
        times.late_rate,
        located.distance_km * located.co2_g_per_tonne_km
        * located.weight_g / 1000000.0 as co2_g
    from located
    left join {{ ref('transit_time') }} as times
        on
            located.carrier_id = times.carrier_id
            and located.service_code = times.service_code
            and located.origin_region = times.origin_region
            and located.dest_region = times.dest_region

),

-- dearer ones must promise less: walk from the cheapest up
ranked as (

    select
        *,
        min(days) over (
            partition by origin_region, dest_region
            order by parcel_cost, days, carrier_id, service_code
            rows between unbounded preceding and 1 preceding
        ) as best_cheaper_days
    from timed

),

final as (

    select
        ---------- ids
        ranked.carrier_id,
        ranked.service_code,
        ranked.origin_region,
        ranked.dest_region,

        ---------- text
        ranked.carrier_name,
        ranked.service_name,
        ranked.mode,
        ranked.origin_name,
        ranked.dest_name,
        ranked.currency,

        ---------- samples
        coalesce(sent.lane_parcels, 0) as lane_parcels,

        ---------- booleans
        coalesce(ranked.days < ranked.best_cheaper_days, true)
            as is_on_frontier,

        ---------- numbers
        ranked.weight_g,
        ranked.days as promise_days,
        ranked.mean_days,
        ranked.late_rate,
        round(ranked.distance_km, 1) as distance_km,
        round(ranked.co2_g, 1) as co2_g,

        ---------- money
        {{ money("ranked.parcel_cost") }} as parcel_cost,
        {{ money("ranked.co2_g / 1000 * carbon.amount_per_kg") }} as co2_cost

    from ranked
    cross join carbon
    left join sent
        on
            ranked.origin_region = sent.origin_region
            and ranked.dest_region = sent.dest_region

)

select * from final
