{#- Wilson's 95 % score interval of a share (Wilson 1927): honest for small
    samples, where the share plus or minus two deviations is not. -#}
{% macro wilson(share, samples, side) -%}
    round((
        ({{ share }} + 1.9208 / nullif({{ samples }}, 0))
        {{ "-" if side == "low" else "+" }} 1.96 * sqrt(
            {{ share }} * (1 - {{ share }}) / nullif({{ samples }}, 0)
            + 0.9604 / nullif({{ samples }} * {{ samples }}, 0)
        )
    ) / (1 + 3.8416 / nullif({{ samples }}, 0)), 6)
{%- endmacro %}
