with

source as (

    select * from {{ source('policy', 'transfer_lane') }}

),

renamed as (

    select
        ---------- ids
        source_system,
        from_warehouse_id,
        to_warehouse_id,
        currency,

        ---------- text
        weekdays,

        ---------- numbers
        days,
        deviation_days,

        ---------- money
        cost_per_unit,
        cost_per_trip,

        ---------- dates
        valid_from,
        valid_to,

        ---------- timestamps
        published_at,

        ---------- lineage
        updated_at,
        known_at,
        _load_id,
        _line_no

    from source

)

select * from renamed
