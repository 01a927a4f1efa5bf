{#- A rate of its own that leans on a wider one: the fewer the sample, the more.
    `weight` is how much is its own; without a sample it is the wider rate. -#}
{% macro leaning_on(wider, amount, base, weight) -%}
    coalesce(
        {{ wider }}
        + {{ weight }} * (
            cast({{ amount }} as double) / nullif(cast({{ base }} as double), 0)
            - {{ wider }}
        ),
        {{ wider }}
    )
{%- endmacro %}

{#- Columns: what sales cost leans on by units sold, what returns cost by units
    expected back. Both map a name to its amount and what it is a share of. -#}
{% macro leaning_rates(sample, wider, of_sales, of_returns) -%}
    {%- set sold = "cast(" ~ sample ~ ".sold_qty as double)" -%}
    {%- set back = (
        "cast(" ~ sample ~ ".judged_qty as double) * " ~ wider
        ~ ".returned_share"
    ) -%}
    {%- set columns = [] -%}
    {%- for parts, units, least in [
        (of_sales, sold, var("selling_cost_prior_units")),
        (of_returns, back, var("return_prior_units"))
    ] -%}
        {%- for name, (amount, base) in parts.items() -%}
            {%- do columns.append(
                leaning_on(
                    wider ~ "." ~ name,
                    sample ~ "." ~ amount,
                    sample ~ "." ~ base,
                    units ~ " / (" ~ units ~ " + " ~ least ~ ")"
                ) ~ " as " ~ name
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ columns | join(",\n        ") }}
{%- endmacro %}
