{#- The day an instant falls on in the business time zone, which the profile
    sets for the session. -#}
{% macro business_date(instant) -%}
    cast({{ instant }} as date)
{%- endmacro %}
