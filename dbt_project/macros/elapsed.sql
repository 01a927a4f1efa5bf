{#- Seconds or minutes begun between two instants, as `date_diff` counts them.
    That asks the calendar of the time zone, which takes fifty times as long. -#}
{% macro elapsed(unit, began, ended) -%}
    {%- set microseconds = {"second": 1000000, "minute": 60000000}[unit] -%}
    (
        epoch_us({{ ended }}) // {{ microseconds }}
        - epoch_us({{ began }}) // {{ microseconds }}
    )
{%- endmacro %}
