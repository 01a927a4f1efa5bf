{#- What a mart proposes to do, in Chinese. Every action stands here once, as
    the marts write it; one that does not is null, which breaks their promise. -#}
{% macro in_chinese(action) -%}
    {%- set actions = {
        "none": "无",
        "none: the goods that were short caused it": "无：由缺货商品引起",

        "buy": "采购",
        "buy no more, promote or move": "停止采购，促销或调拨",
        "buy the missing sizes": "采购缺码",
        "move the missing sizes here": "调入缺码",
        "expedite the missing sizes": "催促缺码到货",
        "gather the rest in one warehouse, mark down": "余码集中到一个仓库，降价",
        "expedite the open order": "催促在途订单加快",
        "wait for the open order": "等待在途订单到货",
        "promote": "促销",
        "sell first, mark down": "优先销售，降价",
        "clear or return to supplier": "清仓或退回供应商",
        "keep it there": "在该仓库备货",
        "move or buy more to there": "调拨到该仓库，或为其增加采购",

        "chase the late order": "催促逾期订单",
        "chase the supplier": "催促供应商",
        "ask the supplier to confirm": "请供应商确认",
        "buy the rest elsewhere": "向其他供应商补足差额",
        "ask for the first date or order elsewhere": "要求按原交期交货，或另行采购",
        "inspect his goods in stock": "检验该供应商的在库商品",
        "inspect what is in stock": "检验在库商品",

        "unlock": "解锁",
        "book the goods out and unlock": "补记出库并解锁",
        "ship or cancel the order": "发货或取消订单",
        "close the order and unlock": "关闭订单并解锁",
        "count it": "盘点",
        "deliver its exchange rate": "提供该币种汇率",
        "stock it there": "在该仓备货",
        "serve it from the centre, sell off what is there": "改由中心仓供货，该仓余货售完为止",
        "count the goods, correct the return": "盘点货物，更正退货记录",
        "correct the release, count what is promised":
            "更正释放记录，核对已承诺数量",
        "look who took goods that others were promised":
            "查明谁取走了已承诺给他人的货物",
        "show less": "调低前台库存",
        "show the stock": "在前台展示库存",

        "sell as own stock": "转为自营销售",
        "give back to the merchant": "退还商家",
        "send the next dropship orders from here": "后续代发订单从这里发货",
        "return to supplier or write off": "退回供应商或报损",
        "return to supplier or clear": "退回供应商或清仓",

        "complete or cancel the order": "补全或取消订单",
        "count the bins or refill them": "盘点拣货位或补货",
        "give the bin its aisle and coordinates": "补全货位的通道和坐标",
        "bring more people, or move the cut-off": "增加人手或推迟截单",
        "give the order to the next pickup": "改由下一班提货",
        "release or cancel the order": "放行或取消订单",
        "choose a carrier by hand": "人工选择承运商",
        "ask the receiver what became of it": "向接收方查询结果",
        "make sure that nobody ordered it": "确认没有人下过单",
        "make sure that it leaves once": "确认该单只发一次",
        "resolve what was accepted": "裁定实际接受数量",
        "look at the rules that give orders to warehouses": "检查订单分仓规则",
        "add the key to the key map": "在编码对照表中补充该编码",
        "use one key, or correct the key map": "统一使用一个编码，或更正编码对照表",
        "correct the key map, or deliver the master record":
            "更正编码对照表，或交付该主数据",
        "deliver the table": "交付该表的数据",
        "mend the rows and deliver again": "修正这些行后重新交付",
        "mend the source and export the rows again": "修正源数据后重新导出",
    } -%}
    {%- set said = namespace(whole="") -%}
    {%- for english, chinese in actions.items() -%}
        {%- set said.whole = said.whole
            ~ " when '" ~ english ~ "' then '" ~ chinese ~ "'" -%}
    {%- endfor -%}
    coalesce(
        case {{ action ~ said.whole }} end,
        case
            when regexp_matches({{ action }}, '^(delist|run down): ')
                then {{ reason_in_chinese(action) }}
        end
    )
{%- endmacro %}
