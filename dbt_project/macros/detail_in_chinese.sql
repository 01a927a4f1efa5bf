{#- What the detail of an exception names, in Chinese: decisions that late data
    block, reasons of the wave and carrier plans. Other words stay as they are. -#}
{% macro detail_in_chinese(words) -%}
    {%- set names = {
        "no_lines": "没有订单行",
        "the order has no lines": "该订单没有行",
        "short_stock": "库存不足",
        " wanted, ": " 件，仅余 ",
        " left": " 件",

        "not_designated": "不是指定承运商",
        "no_cod": "不支持货到付款",
        "no_cold": "不支持冷链",
        "no_hazmat": "不承运危险品",
        "declared_value_too_high": "声明价值过高",
        "too_heavy": "超重",
        "too_long": "超长",
        "not_served": "不送达该地区",
        "stopped": "该地区已停运",
        "no_rate": "没有运价",
        "no_service": "没有可用服务",
        "the region of its warehouse is not known":
            "不知道仓库所在地区",
        "its destination has no province": "收货地址没有省份",
    } -%}
    {%- set said = namespace(sql=words) -%}
    {%- for english, chinese in names.items() -%}
        {%- set said.sql = "replace(" ~ said.sql ~ ", '" ~ english ~ "', '"
            ~ chinese ~ "')" -%}
    {%- endfor -%}
    {{ said.sql }}
{%- endmacro %}
