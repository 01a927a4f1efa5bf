with

missing as (

    select * from {{ source('control', 'missing_master') }}

),

contract_tables as (

    select * from {{ source('control', 'contract_table') }}

),

final as (

    select
        ---------- ids
        missing.contract,
        missing.columns as key_columns,
        missing.master as master_contract,

        ---------- text
        contract_tables.title as master_title,
        contract_tables.title_zh as master_title_zh,
        array_to_string(missing.examples, ' | ') as examples,

        ---------- numbers
        missing.rows as row_count,
        missing.keys as key_count

    from missing
    left join contract_tables on missing.master = contract_tables.contract

)

select * from final
