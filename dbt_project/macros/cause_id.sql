{#- The id of what is to blame: the same words on every day for the same
    cause, and for all that it moves. -#}
{% macro cause_id(kind, subject) -%}
    {{ kind }} || ':' || {{ subject }}
{%- endmacro %}
