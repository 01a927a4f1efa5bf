{#- What customers should pay for an order by its own amounts, in the money of
    the order; `shops` tells whether its prices hold tax. -#}
{%- macro expected_payable(orders, shops) -%}
    {{ orders }}.goods_amount
    + {{ orders }}.freight_charged
    - {{ orders }}.discount_platform
    - {{ orders }}.discount_shop
    - {{ orders }}.coupon_amount
    - {{ orders }}.points_amount
    + case
        when coalesce({{ shops }}.tax_included, true) then 0
        else {{ orders }}.tax_amount
    end
{%- endmacro -%}
