{#- What the detail of an exception names, in Chinese: why an order is in no
    wave or misses its cut-off; why a service may not take a parcel. Other
    words stay as they are. -#}
{% macro wave_detail_in_chinese(reason, detail) -%}
    case {{ reason }}
        when 'no_lines' then '没有订单行'
        when 'bad_quantity' then '数量有误'
        when 'no_stock' then '没有库存'
        when 'short_stock' then '库存不足'
        when 'no_place' then '货位没有坐标'
        when 'on_hold' then '暂停'
        when 'no_time' then '人手不够'
        when 'next_wave' then '留待下一波'
        when 'cutoff_past' then '截单已过'
        when 'late' then '赶不上截单'
        else {{ reason }}
    end || '：' || {{ words_replaced(detail, {
        "the order has no lines": "该订单没有行",
        ": bin ": "：货位 ",
        " has no aisle or no coordinates": " 没有通道或坐标",
        "nobody has time for it in the shifts known":
            "已知班次内无人有时间",
        "its cut-off was ": "截单时间 ",
        "cut-off ": "截单 ",
        ", ready ": "，完成 ",
        ", nobody has time to pack it": "，无人打包",
        " units are released at a time": " 件为一次放行上限",
        " wanted, no bin holds it": " 件，没有货位存放",
        " wanted, ": " 件，仅余 ",
        " left": " 件",
    }) }}
{%- endmacro %}

{% macro detail_in_chinese(words) -%}
    {{ words_replaced(words, {
        "not_designated": "不是指定承运商",
        "no_cod": "不支持货到付款",
        "no_cold": "不支持冷链",
        "no_hazmat": "不承运危险品",
        "no_air": "该货物禁止航空运输",
        "no_insurance": "不提供保价",
        "declared_value_too_high": "声明价值过高",
        "too_heavy": "超重",
        "too_long": "超长",
        "not_served": "不送达该地区",
        "stopped": "该地区已停运",
        "no_rate": "没有运价",
        "no_service": "没有可用服务",
        "caps_full": "限量已满",
        "the region of its warehouse is not known":
            "不知道仓库所在地区",
        "its destination has no province": "收货地址没有省份",
    }) }}
{%- endmacro %}

{#- Why a carrier was chosen, what it is bound by, and a contract's terms. -#}
{% macro carrier_words_in_chinese(words) -%}
    {%- set said = namespace(sql=words) -%}
    {%- for english, chinese in [
        ("cheapest of (\\d+) eligible services", "\\1 个可用服务中最便宜"),
        (
            "drawn by chance to learn, ([0-9.]+) yuan dearer than the cheapest",
            "为学习随机选取，比最便宜的贵 \\1 元",
        ),
        ("the only eligible service", "唯一可用服务"),
        (
            "cheapest with the chance of being late priced in",
            "计入延误概率后最便宜",
        ),
        (
            "([0-9.]+) yuan dearer than the cheapest: ",
            "比最便宜的贵 \\1 元：",
        ),
        (
            "; none that may carry it keeps the promised date",
            "；可承运的服务均晚于承诺日",
        ),
        ("; after the promised date", "；晚于承诺日"),
        ("; insured for ([0-9.]+) yuan", "；保价，保费 \\1 元"),
        ("volume of (.+) \\((.*)\\)", "\\1 的件量（\\2）"),
        ("minimum (\\d+)", "保底 \\1"),
        ("rebate from (\\d+)", "返利自 \\1 起"),
        ("at most ", "至多 "),
        ("cap of (.+): room for (\\S+) parcels today", "\\1 上限：今日还可 \\2 票"),
        ("cap of (.+): room for (\\S+) kg today", "\\1 上限：今日还可 \\2 公斤"),
    ] -%}
        {%- set said.sql = "regexp_replace(" ~ said.sql ~ ", '" ~ english
            ~ "', '" ~ chinese ~ "', 'g')" -%}
    {%- endfor -%}
    {{ said.sql }}
{%- endmacro %}

{% macro words_replaced(words, names) -%}
    {%- set said = namespace(sql=words) -%}
    {%- for english, chinese in names.items() -%}
        {%- set said.sql = "replace(" ~ said.sql ~ ", '" ~ english ~ "', '"
            ~ chinese ~ "')" -%}
    {%- endfor -%}
    {{ said.sql }}
{%- endmacro %}
