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

    {% for entity, contract, column in key_columns() %}
        select
            '{{ entity }}' as entity,
            '{{ contract }}' as contract,
            source_system,
            {{ column }} as used_id,
            count(*) as row_count
        from {{ ref("stg_" ~ contract | replace(".", "__")) }}
        where
            source_system in (
                select mapped.source_system from mapped
                where mapped.entity = '{{ entity }}'
            )
            and {{ column }} not in ('', '*')
        group by source_system, {{ column }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select * from final
