{#- Whether a table of the input contract was delivered, even if empty. -#}
{% macro is_delivered(system, table_name) -%}
    coalesce(
        (
            select bool_or(status.is_delivered)
            from {{ ref("delivery_status") }} as status
            where
                status.system = '{{ system }}'
                and status.table_name = '{{ table_name }}'
        ),
        false
    )
{%- endmacro %}
