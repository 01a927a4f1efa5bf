{#- Why something may not be bought, in Chinese; two actions are followed by
    such a reason. -#}
{% macro reason_in_chinese(reason) -%}
    {%- set parts = {
        "delist: ": "下架：", "run down: ": "卖完为止：",
        "no approved supplier": "没有合格供应商",
        "SKU ": "商品状态：", "life cycle ": "生命周期：",
        "stopped": "停用", "ended": "已结束", "phase_out": "退市中",
    } -%}
    {%- set said = namespace(text=reason) -%}
    {%- for english, chinese in parts.items() -%}
        {%- set said.text = "replace(" ~ said.text
            ~ ", '" ~ english ~ "', '" ~ chinese ~ "')" -%}
    {%- endfor -%}
    {{ said.text }}
{%- endmacro %}
