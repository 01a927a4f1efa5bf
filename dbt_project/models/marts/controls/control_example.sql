with

measured as (

    select * from {{ ref('int_control') }}

),

deliveries as (

    select
        load_id,
        file_name
    from {{ source('control', 'delivery') }}
    where status != 'duplicate'

),

listed as (

    select
        control_no,
        check_name,
        scope,
        unnest(examples) as example,
        generate_subscripts(examples, 1) as place
    from measured

),

final as (

    select
        ---------- ids
        listed.control_no,
        listed.check_name,
        listed.scope,
        cast(listed.place as integer) as place,
        listed.example.record_key,
        listed.example.source.contract,

        ---------- text
        deliveries.file_name,

        ---------- quantities
        listed.example.found,
        listed.example.expected,
        {{ qty("listed.example.found - listed.example.expected") }}
            as difference,

        ---------- numbers
        listed.example.source.line_no,

        ---------- money
        listed.example.money_at_stake

    from listed
    left join deliveries
        on listed.example.source.load_id = deliveries.load_id

)

select * from final
