{#- The part of a line's amount that stands. Most lines stand whole: they keep
    the amount to the last digit, and cost no arithmetic. -#}
{% macro of_sold(amount) -%}
    case
        when sold_qty = ordered_qty then {{ amount }}
        else {{ money(amount ~ " * sold_qty / nullif(ordered_qty, 0)") }}
    end
{%- endmacro %}
