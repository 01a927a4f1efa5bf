with

outbound_orders as (

    select * from {{ ref('open_outbound') }}
    where needs_carrier

),

late_rates as (

    select
        coalesce(scope, '*') as scope,
        arg_max(rate_value, valid_from) as rate_value
    from {{ ref('stg_policy__cost_rate') }}
    where
        kind = 'late_parcel'
        and unit = 'per_parcel'
        and valid_from <= {{ business_date(as_of()) }}
        and (valid_to is null or valid_to > {{ business_date(as_of()) }})
    group by all

),

final as (

    select
        ---------- ids
        outbound_orders.outbound_id,
        outbound_orders.warehouse_id,
        outbound_orders.order_id,
        outbound_orders.origin_region,
        outbound_orders.dest_province,
        outbound_orders.dest_city,
        outbound_orders.dest_district,
        outbound_orders.designated_carrier_id,
        outbound_orders.carrier_id as current_carrier_id,
        outbound_orders.service_code as current_service_code,

        ---------- numbers
        outbound_orders.weight_g,
        outbound_orders.volume_cm3,
        outbound_orders.longest_side_mm,
        outbound_orders.package_count,

        ---------- money
        outbound_orders.declared_value,
        outbound_orders.cod_amount,
        {{ money("coalesce(here.rate_value, anywhere.rate_value)") }}
            as late_cost,

        ---------- booleans
        outbound_orders.is_cod,
        outbound_orders.is_hazmat,
        outbound_orders.no_air,
        outbound_orders.needs_cold,

        ---------- timestamps
        outbound_orders.cutoff_at,
        outbound_orders.promised_ship_by,
        outbound_orders.promised_deliver_by,

        ---------- what the figures rest on
        case
            when coalesce(here.rate_value, anywhere.rate_value) is null
                then
                    list_sort(
                        coalesce(outbound_orders.defaults, [])
                        || ['late_parcel_rate']
                    )
            else outbound_orders.defaults
        end as defaults

    from outbound_orders
    left join late_rates as here on outbound_orders.warehouse_id = here.scope
    left join late_rates as anywhere on anywhere.scope = '*'

)

select * from final
