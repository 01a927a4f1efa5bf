{#- Days until so many have passed on which a supplier works: those and every
    day of rest on the way. `worked_before` are the working days from today to
    each day of rest; what needs more than these meets it. -#}
{% macro with_rests(days, worked_before) -%}
    {{ days }} + coalesce(len(list_filter(
        {{ worked_before }}, lambda worked: worked < {{ days }}
    )), 0)
{%- endmacro %}
