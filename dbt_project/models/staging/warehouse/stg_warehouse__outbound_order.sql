with

source as (

    select * from {{ source('warehouse', 'outbound_order') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        outbound_id,
        outbound_no,
        warehouse_id,
        wave_id,
        carrier_id,
        service_code,
        designated_carrier_id,
        waybill_no,
        dest_province,
        dest_city,
        dest_district,

        ---------- text
        order_type,
        status,
        block_reason,

        ---------- numbers
        priority,
        est_weight_g,
        actual_weight_g,
        package_count,

        ---------- timestamps
        promised_ship_by,
        cutoff_at,
        released_at,
        waved_at,
        picked_at,
        checked_at,
        packed_at,
        handed_over_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
