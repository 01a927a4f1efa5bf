with

parcels as (

    select
        parcels.*,
        {{ weight_class("parcels.actual_weight_g") }} as weight_class,
        drawn.outbound_id is not null as is_drawn
    from {{ ref('int_parcel') }} as parcels
    left join {{ source('feedback', 'drawn_parcel') }} as drawn
        on
            parcels.outbound_id = drawn.outbound_id
            and parcels.carrier_id = drawn.carrier_id
            and parcels.service_code = drawn.service_code

),

shutdowns as (

    select distinct
        calendar_id,
        calendar_date
    from {{ ref('stg_reference__calendar') }}
    where is_shutdown

),

-- today is not over: what it will bring is not known yet; and what took very
-- long says only that it took longer than that
seen as (

    select
        *,
        least(
            {{ business_date(as_of()) }} - 1,
            handed_over_date + {{ var("transit_longest_days") }}
        ) as seen_until
    from parcels
    -- of a parcel that ended on no known day nothing can be learned
    where outcome = 'on_the_way' or ended_date is not null

),

told as (

    select
        * exclude (outcome, ended_date),
        case
            when ended_date <= seen_until then outcome
            else 'on_the_way'
        end as outcome,
        case
            when ended_date <= seen_until then ended_date
            else seen_until
        end as last_date
    from seen

),

counted as (

    select
        carrier_id,
        service_code,
        origin_region,
        dest_region,
        calendar_id,
        weight_class,
        outcome,
        is_drawn,
        handed_over_date,
        promised_date,
        last_date,
        count(*) as parcels
    from told
    where
        last_date >= handed_over_date
        and promised_date >= handed_over_date
    group by all

),

-- days on which nothing moves do not count
rested as (

    select
        counted.*,
        (
            select count(*) from shutdowns
            where
                shutdowns.calendar_id = counted.calendar_id
                and shutdowns.calendar_date > counted.handed_over_date
                and shutdowns.calendar_date <= counted.promised_date
        ) as promise_rest,
        (
            select count(*) from shutdowns
            where
                shutdowns.calendar_id = counted.calendar_id
                and shutdowns.calendar_date > counted.handed_over_date
                and shutdowns.calendar_date <= counted.last_date
        ) as rest
    from counted

),

final as (

    select
        ---------- ids
        carrier_id,
        service_code,
        origin_region,
        dest_region,

        ---------- text
        weight_class,
        outcome,

        ---------- booleans
        is_drawn,

        ---------- dates
        handed_over_date,

        ---------- numbers
        promised_date - handed_over_date - promise_rest as promise_days,
        last_date - handed_over_date - rest as moving_days,
        cast(sum(parcels) as bigint) as parcels

    from rested
    group by all

)

select * from final
