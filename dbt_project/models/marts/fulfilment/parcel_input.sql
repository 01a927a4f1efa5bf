with

outbound_orders as (

    select * from {{ ref('open_outbound') }}
    where needs_carrier

),

final as (

    select
        ---------- ids
        outbound_id,
        warehouse_id,
        order_id,
        origin_region,
        dest_province,
        dest_city,
        dest_district,
        designated_carrier_id,
        carrier_id as current_carrier_id,
        service_code as current_service_code,

        ---------- numbers
        weight_g,
        volume_cm3,
        longest_side_mm,
        package_count,

        ---------- money
        declared_value,
        cod_amount,

        ---------- booleans
        is_cod,
        is_hazmat,
        no_air,
        needs_cold,

        ---------- timestamps
        cutoff_at,
        promised_ship_by,
        promised_deliver_by,

        ---------- what the figures rest on
        defaults

    from outbound_orders

)

select * from final
