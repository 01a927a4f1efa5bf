{%- set today = business_date(as_of()) -%}
{%- set month = "cast(date_trunc('month', " ~ today ~ ") as date)" -%}
{%- set lately = "day between " ~ today ~ " - 28 and " ~ today ~ " - 1" -%}

with

-- what each service, warehouse and province got on each day
days as (

    select
        shipments.carrier_id,
        shipments.service_code,
        shipments.warehouse_id,
        shipments.dest_province,
        {{ business_date("shipments.handed_over_at") }} as day,
        count(*) as parcels,
        sum(shipments.actual_weight_g) / 1000.0 as kilograms
    from {{ ref('stg_logistics__shipment') }} as shipments
    where
        shipments.direction = 'outbound'
        and shipments.outbound_id is not null
        and {{ business_date("shipments.handed_over_at") }}
        >= {{ today }} - 62
        and {{ business_date("shipments.handed_over_at") }} <= {{ today }}
    group by all

),

terms as (

    select
        *,
        scope ->> '$.warehouse' as warehouse_id,
        scope ->> '$.province' as province_id,
        scope ->> '$.month' as month
    from {{ ref('stg_logistics__carrier_contract') }}
    where
        valid_from <= {{ today }}
        and (valid_to is null or valid_to > {{ today }})

    qualify
        row_number() over (
            partition by
                carrier_id, service_code, term_kind, scope, from_volume
            order by valid_from desc, source_system
        ) = 1

),

in_force as (

    select * from terms
    where
        coalesce(month, '*') in (
            '*',
            strftime({{ today }}, '%Y-%m'),
            cast(month({{ today }}) as varchar),
            strftime({{ today }}, '%m')
        )

),

-- of the warehouse and province that the term is about: what its service
-- got, and what all did
by_day as (

    select
        terms.carrier_id,
        terms.service_code,
        terms.term_kind,
        terms.scope,
        terms.from_volume,
        days.day,
        sum(days.parcels) as all_parcels,
        sum(
            case
                when terms.term_kind = 'kg_cap' then days.kilograms
                else days.parcels
            end
        ) filter (
            where
            days.carrier_id = terms.carrier_id
            and terms.service_code in (days.service_code, '*')
        ) as volume
    from in_force as terms
    inner join days
        on
            coalesce(terms.warehouse_id, days.warehouse_id)
            = days.warehouse_id
            and coalesce(terms.province_id, days.dest_province)
            = days.dest_province
    group by all

),

-- approved and still in the house: who is to carry it is decided
held as (

    select
        flying.carrier_id,
        flying.service_code,
        parcels.warehouse_id,
        parcels.dest_province,
        count(*) as parcels,
        sum(flying.billed_weight_g) / 1000.0 as kilograms
    from {{ source('feedback', 'in_flight') }} as flying
    inner join {{ ref('parcel_input') }} as parcels
        on flying.sku_id = parcels.outbound_id
    where flying.action = 'ship'
    group by all

),

held_by_term as (

    select
        terms.carrier_id,
        terms.service_code,
        terms.term_kind,
        terms.scope,
        terms.from_volume,
        sum(
            case
                when terms.term_kind = 'kg_cap' then held.kilograms
                else held.parcels
            end
        ) as held_volume
    from in_force as terms
    inner join held
        on
            terms.carrier_id = held.carrier_id
            and terms.service_code in (held.service_code, '*')
            and coalesce(terms.warehouse_id, held.warehouse_id)
            = held.warehouse_id
            and coalesce(terms.province_id, held.dest_province)
            = held.dest_province
    group by all

),

-- the four weeks before today say what a day brings, and what a full one is
counted as (

    select
        carrier_id,
        service_code,
        term_kind,
        scope,
        from_volume,
        sum(volume) filter (where day >= {{ month }}) as month_volume,
        sum(volume) filter (where day = {{ today }}) as today_volume,
        sum(all_parcels) filter (where day >= {{ month }}) as month_parcels,
        sum(volume) filter (where {{ lately }}) / 28.0 as daily_volume,
        max(volume) filter (where {{ lately }}) as peak_volume
    from by_day
    group by all

),

projected as (

    select
        terms.*,
        coalesce(counted.month_volume, 0) as month_volume,
        coalesce(counted.month_parcels, 0) as month_parcels,
        coalesce(counted.today_volume, 0) as today_volume,
        coalesce(held_by_term.held_volume, 0) as held_volume,
        coalesce(counted.peak_volume, 0) as peak_volume,
        coalesce(counted.month_volume, 0) / nullif(counted.month_parcels, 0)
            as month_share,
        coalesce(counted.month_volume, 0)
        + coalesce(counted.daily_volume, 0) * date_diff(
            'day',
            {{ today }},
            cast({{ month }} + interval 1 month as date)
        ) as projected_volume,
        case terms.term_kind
            when 'rebate_tier' then terms.from_volume
            else terms.limit_volume
        end as target_volume
    from in_force as terms
    left join counted
        on
            terms.carrier_id = counted.carrier_id
            and terms.service_code = counted.service_code
            and terms.term_kind = counted.term_kind
            and terms.scope = counted.scope
            and terms.from_volume = counted.from_volume
    left join held_by_term
        on
            terms.carrier_id = held_by_term.carrier_id
            and terms.service_code = held_by_term.service_code
            and terms.term_kind = held_by_term.term_kind
            and terms.scope = held_by_term.scope
            and terms.from_volume = held_by_term.from_volume

),

final as (

    select
        ---------- ids
        carrier_id,
        service_code,
        term_kind,
        scope,
        from_volume,
        warehouse_id,
        province_id,

        ---------- text
        case
            when term_kind in ('daily_cap', 'kg_cap')
                then
                    case
                        when peak_volume >= target_volume
                            then 'full'
                        else 'within'
                    end
            when term_kind = 'share_limit'
                then
                    case
                        when coalesce(month_share, 0) <= limit_share
                            then 'within'
                        else 'exceeded'
                    end
            when month_volume >= target_volume then 'reached'
            when projected_volume >= target_volume then 'on_track'
            else 'short'
        end as status,

        ---------- quantities
        {{ qty("target_volume") }} as target_volume,
        {{ qty("month_volume") }} as month_volume,
        {{ qty("month_parcels") }} as month_parcels,
        {{ qty("today_volume") }} as today_volume,
        {{ qty("held_volume") }} as held_volume,
        {{ qty("projected_volume") }} as projected_volume,
        {{ qty("peak_volume") }} as peak_day_volume,

        ---------- numbers
        limit_share,
        round(month_share, 6) as month_share,
        is_all_unit,

        ---------- money
        rebate_per_parcel,
        shortfall_fee,
        {{ money("""case
            when term_kind = 'monthly_minimum'
                then shortfall_fee
                * greatest(target_volume - projected_volume, 0)
            when
                term_kind = 'rebate_tier' and projected_volume < target_volume
                then rebate_per_parcel
                * case when is_all_unit then target_volume else 0 end
            else 0
        end""") }} as at_stake_amount,
        {{ money("""case
            when term_kind = 'rebate_tier' and projected_volume >= target_volume
                then rebate_per_parcel * case
                    when is_all_unit then projected_volume
                    else projected_volume - target_volume
                end
            else 0
        end""") }} as projected_rebate_amount

    from projected

)

select * from final
