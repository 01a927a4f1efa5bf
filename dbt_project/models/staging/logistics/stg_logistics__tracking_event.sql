with

source as (

    select * from {{ source('logistics', 'tracking_event') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        carrier_id,
        waybill_no,

        ---------- text
        event_code,
        raw_status,
        location,
        exception_code,

        ---------- numbers
        event_seq,

        ---------- timestamps
        event_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
