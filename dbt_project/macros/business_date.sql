{#- The day an instant falls on in the declared business time zone. -#}
{% macro business_date(instant) -%}
    cast(timezone('{{ var("business_timezone") }}', {{ instant }}) as date)
{%- endmacro %}
