{#- Money and quantities are decimal(18, 4): sums widen to decimal(38, 4) and
    decimal / integer is a double in DuckDB 2.0, so results are cast back. -#}
{% macro money(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{% macro qty(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}

{#- An amount of wide decimals as money, rounded as `money` does. To divide wide
    decimals takes the engine two microseconds a row, fifty times as long as
    the way by a double, which is exact below a million: the thousand-millionth
    lies between what halves a digit and the eight decimals of an amount, which
    may have no more. -#}
{% macro narrowed(amount) -%}
    case
        when {{ amount }} between -1000000 and 1000000
            then
                cast(
                    cast({{ amount }} as double)
                    + if({{ amount }} < 0, -1e-9, 1e-9) as decimal(18, 4)
                )
        else {{ money(amount) }}
    end
{%- endmacro %}
