{{ config(materialized='table') }}
{%- set entities = mapped_entities() %}
{#- Named here so that dbt knows of all of them before it asks. -#}
{%- set columns = [] %}
{%- for entity, contract, column in key_columns() %}
    {%- set model = ref("stg_" ~ contract | replace(".", "__")) %}
    {%- if entity in entities %}
        {%- do columns.append((entity, contract, column, model)) %}
    {%- endif %}
{%- endfor %}

-- How often a system that has keys of its own uses which key: in ours where the
-- key map knows it.
with

-- who uses keys of its own; all others speak ours
mapped as (

    select distinct
        entity,
        source_system
    from {{ source('control', 'key') }}
    where source_id != id

),

final as (

    {% for entity, contract, column, model in columns %}
        select
            '{{ entity }}' as entity,
            '{{ contract }}' as contract,
            source_system,
            {{ column }} as used_id,
            count(*) as row_count
        from {{ model }}
        where
            source_system in (
                select mapped.source_system from mapped
                where mapped.entity = '{{ entity }}'
            )
            and {{ column }} not in ('', '*')
        group by source_system, {{ column }}
        union all
    {% endfor %}
    select
        entity,
        '' as contract,
        source_system,
        '' as used_id,
        cast(0 as bigint) as row_count
    from mapped
    where false

)

select * from final
