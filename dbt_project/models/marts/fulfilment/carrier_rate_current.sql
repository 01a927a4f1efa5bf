with

services as (

    select * from {{ ref('stg_logistics__carrier_service') }}

    qualify
        row_number() over (
            partition by carrier_id, service_code
            order by updated_at desc nulls last, source_system
        ) = 1

),

rates as (

    select * from {{ ref('stg_logistics__carrier_rate') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})

    qualify
        row_number() over (
            partition by
                carrier_id,
                service_code,
                origin_zone,
                dest_zone,
                weight_from_g
            order by valid_from desc, source_system
        ) = 1

),

zones as (

    select * from {{ ref('stg_logistics__carrier_zone') }}
    where
        valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})

    qualify
        row_number() over (
            partition by carrier_id, service_code, origin_region, dest_region
            order by valid_from desc, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        zones.carrier_id,
        zones.service_code,
        zones.origin_region,
        zones.dest_region,
        zones.origin_zone,
        zones.dest_zone,

        ---------- text
        services.carrier_name,
        services.service_name,
        services.mode,
        rates.rounding,
        rates.surcharge,
        rates.currency,
        zones.stop_reason,

        ---------- numbers
        coalesce(rates.weight_from_g, 0) as weight_from_g,
        rates.weight_to_g,
        rates.first_weight_g,
        rates.step_g,
        rates.volumetric_divisor,
        zones.transit_days,
        services.promise_days,
        services.max_weight_g,
        services.max_side_mm,

        ---------- money
        rates.first_fee,
        rates.step_fee,
        rates.min_fee,
        services.max_declared_value,

        ---------- booleans
        coalesce(zones.is_stopped, false) as is_stopped,
        coalesce(zones.is_remote, false) as is_remote,
        coalesce(rates.tax_included, true) as is_tax_included,
        coalesce(services.cod_ok, false) as cod_ok,
        coalesce(services.insured_ok, false) as insured_ok,
        coalesce(services.cold_ok, false) as cold_ok,
        coalesce(services.hazmat_ok, false) as hazmat_ok,

        ---------- timestamps
        services.cutoff_at

    from zones
    inner join rates
        on
            zones.carrier_id = rates.carrier_id
            and zones.service_code = rates.service_code
            and coalesce(rates.origin_zone, '*') in (zones.origin_zone, '*')
            and coalesce(rates.dest_zone, '*') in (zones.dest_zone, '*')
    left join services
        on
            zones.carrier_id = services.carrier_id
            and zones.service_code = services.service_code

    -- a rate for the very zone beats one for all zones
    qualify
        row_number() over (
            partition by
                zones.carrier_id,
                zones.service_code,
                zones.origin_region,
                zones.dest_region,
                coalesce(rates.weight_from_g, 0)
            order by
                cast(coalesce(rates.origin_zone, '*') = '*' as integer)
                + cast(coalesce(rates.dest_zone, '*') = '*' as integer),
                rates.origin_zone,
                rates.dest_zone
        ) = 1

)

select * from final
