{#- Quantity of a component in what was ordered: itself unless it was a bundle.
    Decimals are multiplied only where they must be, then cast back at once:
    sums of wider decimals cost ten times as much to narrow. -#}
{% macro per_bundle(quantity) -%}
    case
        when per_bundle is null then {{ quantity }}
        else {{ qty(quantity ~ " * per_bundle") }}
    end
{%- endmacro %}
