with

source as (

    select * from {{ source('order', 'order_event') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        order_event_id,
        order_id,

        ---------- text
        from_status,
        to_status,
        actor,
        reason,

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
