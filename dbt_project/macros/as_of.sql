{#- The instant a run computes for. No model asks the clock. -#}
{% macro as_of() -%}
    {%- if var("as_of") -%}
        cast('{{ var("as_of") }}' as timestamptz)
    {%- else -%}
        (select as_of from {{ source("control", "latest") }})
    {%- endif -%}
{%- endmacro %}
