{#- Deviations above the mean that a normal variable exceeds with probability
    1 - p, for p of one half or more (below, nought): Abramowitz and Stegun
    26.2.23, wrong by less than 0.00045. -#}
{% macro normal_quantile(p) -%}
    {%- set t = "sqrt(-2 * ln(1 - least(" ~ p ~ ", 0.999999)))" -%}
    greatest(
        {{ t }} - (2.515517 + 0.802853 * {{ t }} + 0.010328 * pow({{ t }}, 2))
        / (
            1 + 1.432788 * {{ t }} + 0.189269 * pow({{ t }}, 2)
            + 0.001308 * pow({{ t }}, 3)
        ),
        0
    )
{%- endmacro %}
