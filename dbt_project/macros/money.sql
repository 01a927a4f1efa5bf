{#- Money and quantities are decimal(18, 4): sums widen to decimal(38, 4) and
    decimal / integer is a double in DuckDB 2.0, so results are cast back. -#}
{% macro money(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{% macro qty(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{#- An amount of wide decimals as money, rounded as `money` does. To round wide
    decimals takes the engine two microseconds a row, a hundred times as long as
    those of 18 digits, into which an amount below a million of at most twelve
    decimals goes as it is. -#}
{% macro narrowed(amount) -%}
    case
        when {{ amount }} > -1000000 and {{ amount }} < 1000000
            then
                cast(
                    cast({{ amount }} as decimal(18, 12)) as decimal(18, 4)
                )
        else {{ money(amount) }}
    end
{%- endmacro %}
