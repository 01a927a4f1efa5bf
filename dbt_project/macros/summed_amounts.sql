{#- The sums of the profit cube, by their own names. -#}
{% macro summed_amounts() -%}
    {%- for amount in [
        "sold_qty", "gross_amount", "list_amount", "discount_amount",
        "revenue_amount", "landed_cost_amount", "freight_amount",
        "warehouse_cost_amount", "payment_cost_amount", "commission_amount",
        "return_cost_amount", "marketing_amount", "capital_cost_amount",
        "profit_amount"
    ] -%}
        sum({{ amount }}) as {{ amount }}{{ "," if not loop.last }}
        {% endfor %}
{%- endmacro %}

{#- The sum of each amount by its step's name, and how many there are. -#}
{% macro counted_sums(step_amounts) -%}
    {%- for step, amount in step_amounts -%}
        sum({{ amount }}) as {{ step }},
        count(*) filter (where {{ amount }} != 0) as {{ step }}_count
        {{- "," if not loop.last }}
        {% endfor %}
{%- endmacro %}
