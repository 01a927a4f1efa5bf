{#- Money with its tax on top; no rate is none. Exact: no product is wider than
    a decimal holds. -#}
{%- macro with_tax(amount, tax_rate) -%}
    {{ money(amount) }}
    * cast(1 + coalesce({{ tax_rate }}, 0) as decimal(9, 6))
{%- endmacro -%}
