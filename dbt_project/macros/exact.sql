{#- Sums and deviations of doubles depend on the order in which threads meet
    the rows. These add exact numbers, so the same rows give the same bytes. -#}
{% macro exact_sum(expression) -%}
    sum(cast({{ expression }} as decimal(38, 12)))
{%- endmacro %}

{#- Sample standard deviation of whole numbers; null for fewer than two. -#}
{% macro stddev_of_whole(number) -%}
    sqrt(
        cast(
            count({{ number }}) * sum({{ number }} * {{ number }})
            - sum({{ number }}) * sum({{ number }}) as double
        )
        / nullif(count({{ number }}) * (count({{ number }}) - 1), 0)
    )
{%- endmacro %}
