with

quarantine as (

    select * from {{ source('control', 'quarantine') }}

),

-- the source line itself stays in the warehouse: it may name people
final as (

    select
        ---------- ids
        quarantine_id,
        contract,
        contract_version,

        ---------- text
        file_name,
        file_sha256,
        sheet,
        stage,
        reason_code,
        array_to_string(columns, ', ') as column_names,

        ---------- numbers
        cast(line_no as bigint) as line_no

    from quarantine
    where status = 'open'

)

select * from final
