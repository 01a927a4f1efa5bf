{#- Half the width of the 95 % interval of a mean: Student's quantile by the
    expansion of Abramowitz and Stegun 26.7.5 (within 3 % from three samples on)
    times the deviation of the mean. Null for fewer than two samples. -#}
{% macro student_margin(std, samples) -%}
    {%- set freedom = "nullif(" ~ samples ~ " - 1, 0)" -%}
    {{ std }} / sqrt(nullif({{ samples }}, 0)) * (
        1.96
        + 2.3723 / {{ freedom }}
        + 2.8225 / ({{ freedom }} * {{ freedom }})
        + 2.5559 / ({{ freedom }} * {{ freedom }} * {{ freedom }})
    )
{%- endmacro %}
