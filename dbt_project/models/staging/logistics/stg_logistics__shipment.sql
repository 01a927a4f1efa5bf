with

source as (

    select * from {{ source('logistics', 'shipment') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        carrier_id,
        waybill_no,
        service_code,
        outbound_id,
        warehouse_id,
        dest_province,
        dest_city,
        dest_district,
        dest_zone,
        plan_id,

        ---------- text
        direction,
        final_status,
        chosen_by,

        ---------- numbers
        actual_weight_g,
        volume_cm3,

        ---------- money
        declared_value,
        cod_amount,
        est_freight,

        ---------- timestamps
        promised_at,
        handed_over_at,
        picked_up_at,
        delivered_at,
        returned_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
