{#- Money and quantities are decimal(18, 4): sums widen to decimal(38, 4) and
    decimal / integer is a double in DuckDB 2.0, so results are cast back. -#}
{% macro money(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{% macro qty(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}
