"""Why a line is as it is, in English and in Chinese; pure."""

from __future__ import annotations

import polars as pl

NOT_WORTH_IT = "no quantity that the supplier takes is worth it"
LAST_BUY = "the last order that comes before sales end"
# Said behind another reason.
OTHERS_SERVE = "{}; {} % of what is short here is lost, other warehouses send the rest"
OTHERS_SERVE_ZH = "；本仓缺货中约 ${1}% 流失，其余由他仓代发"
CUSTOMERS_WAIT = "{}; customers wait for it"
CUSTOMERS_WAIT_ZH = "；缺货时客户愿意等待"
UNDECIDED = "no quantity can be decided: its levels are at the service target"
# Steps of the bridge that can take away all of a need, and what the planner reads then.
HELD_BACK = {
    "order_minimum": "the supplier's order as a whole would stay below what it takes or be worth too little",
    "capacity": "its supplier has no more for all places this week",
    "shelf_life": "its smallest order would not sell before it expires",
    "container": "no whole container or truck would be full",
    "money": "money is short and other goods earn more with it",
    "economics": "an order would cost more than it earns before the next one",
    "price_step": "another price step earns more",
}
# Every reason that holds an order back, wherever it was said first, and the same in Chinese.
_IN_CHINESE = (
    (NOT_WORTH_IT, "供应商可接受的任何数量都不划算"),
    (HELD_BACK["order_minimum"], "供应商整单达不到起订条件或不划算"),
    (HELD_BACK["container"], "装不满整柜或整车"),
    (HELD_BACK["money"], "资金不足，用于其他商品收益更高"),
    (HELD_BACK["economics"], "此时下单的成本高于下次下单前的收益"),
    (HELD_BACK["price_step"], "其他价格档收益更高"),
    (HELD_BACK["capacity"], "供应商本周可供各仓的余量已用完"),
    (HELD_BACK["shelf_life"], "最小订单量在到期前卖不完"),
    ("left out of this scenario", "本情景中停供"),
    (r"nobody told what (\S+) is worth in our money", "${1} 无汇率，无法折算"),
    (
        r"its supplier takes orders again on (\S+), and a later plan orders in time for it",
        "供应商 ${1} 才再接单，届时的计划来得及下单",
    ),
    (r"shut down from (\S+) to (\S+)", "${1} 至 ${2} 停工"),
    (
        r"contract or licence ends on (\S+), before an order of (\S+) is sure to arrive",
        "合同或许可于 ${1} 到期，${2} 下单不能确保按期到货",
    ),
    (
        r"of what left in the week of (\S+) (\d+) % came back through the supplier's fault, usual are (\d+) %",
        "${1} 当周发出的商品中 ${2}% 因供应商责任退回，平时为 ${3}%",
    ),
    ("its price or cost is not known: the service target decides", "价格或成本未知，按服务水平目标"),
    ("a sale of it leaves nothing: the service target decides", "售出无利润，按服务水平目标"),
    (r"setting for segment (\S+)", "分段 ${1} 的设置"),
    (r"setting for item ([^;]+)", "商品 ${1} 的设置"),
    (LAST_BUY, "停售前最后一次能到货的订单"),
    (UNDECIDED, "无法决定数量，水位按服务水平目标"),
    ("setting for all goods", "全部商品的设置"),
    (
        r"setting for (?:segment \S+|item [^;]+|all goods); being short weighs (\S+) in segment (\S+)"
        r" by replay of the past",
        "按设置；缺货权重按历史校准为 ${1}（分段 ${2}）",
    ),
    (
        r"setting for (?:segment \S+|item [^;]+|all goods); being short weighs (\S+) in segment (\S+) by setting",
        "按设置；缺货权重设为 ${1}（分段 ${2}）",
    ),
)


def in_chinese(reason: pl.Expr) -> pl.Expr:
    """A reason that holds an order back, or chose a policy, in Chinese; one that is not known here stays as it is."""
    told, suffix = reason, pl.lit("")
    # The last that was said is the first to be taken off.
    for said, chinese in (
        (OTHERS_SERVE.format("", r"(\d+)"), OTHERS_SERVE_ZH),
        (CUSTOMERS_WAIT.format(""), CUSTOMERS_WAIT_ZH),
    ):
        found = told.str.extract(f"({said})$").str.replace(f"^{said}$", chinese)
        suffix = found.fill_null("") + suffix
        told = told.str.replace(f"{said}$", "")
    for english, chinese in _IN_CHINESE:
        told = told.str.replace(f"^{english}$", chinese)
    return told + suffix


def _need() -> tuple[pl.Expr, pl.Expr]:
    """How an order's need comes about, in numbers that add up: those of its bridge."""
    demand, safety, position, need = (
        pl.col(name) for name in ("covered_demand", "covered_safety", "position_qty", "need_qty")
    )
    other, enough = need - demand - safety + position, need <= 0
    signed = pl.when(other > 0).then(pl.format("+{}", other)).when(other < 0).then(other.cast(pl.String))
    by_other = pl.format(", {} by timing, returns, expiry and other places", signed).fill_null("")
    by_other_zh = pl.format("，时间、退回、过期与他仓 {}", signed).fill_null("")
    told = pl.when(enough).then(pl.format("{}, nothing is needed", need)).otherwise(pl.format("{} are needed", need))
    told_zh = pl.when(enough).then(pl.format("{} 件，无需补货", need)).otherwise(pl.format("需要 {} 件", need))
    return (
        pl.format("Demand {} and safety {}{}, less position {}: {}", demand, safety, by_other, position, told),
        pl.format("需求 {} 加安全库存 {}{}，减库存头寸 {}：{}", demand, safety, by_other_zh, position, told_zh),
    )


def reasons() -> dict[str, pl.Expr]:
    """``reason`` and ``reason_zh`` of a line by its status, from its quantities and what holds it back."""
    held = pl.coalesce("blocked_reason", "closed_reason", "held_back", pl.lit(NOT_WORTH_IT))
    order = ("order_step_qty", "moq", "suggested_qty")
    english, chinese = _need()
    comes = pl.col("moved_qty") > 0
    moved = pl.when(comes).then(pl.format(" and {} moved here are", "moved_qty")).otherwise(pl.lit(" is"))
    moved_zh = pl.when(comes).then(pl.format(" 加调入 {} ", "moved_qty")).otherwise(pl.lit(" "))
    words = {
        "no_forecast": (
            pl.lit("No demand history: nothing can be forecast, so nothing is suggested."),
            pl.lit("没有需求历史，无法预测，因此没有建议。"),
        ),
        "stock_unknown": (
            pl.lit("Stock was not delivered: the levels hold, a quantity cannot be known."),
            pl.lit("库存未送达：水位有效，数量无法得知。"),
        ),
        "no_supplier": (
            pl.format("{} are needed, but no supplier is known.", "need_qty"),
            pl.format("需要 {} 件，但没有已知的供应商。", "need_qty"),
        ),
        "enough": (
            pl.format("Position {}{} enough until the next order; level {}.", "position_qty", moved, "order_up_to_qty"),
            pl.format("库存头寸 {}{}足够到下次下单；水位 {}。", "position_qty", moved_zh, "order_up_to_qty"),
        ),
        "waits": (
            pl.format("{} are needed, but nothing is ordered: {}.", "need_qty", held),
            pl.format("需要 {} 件，但不下单：{}。", "need_qty", in_chinese(held)),
        ),
        "order": (
            pl.format("{}; in steps of {}, at least {}: {}.", english, *order),
            pl.format("{}；按 {} 件递增，至少 {} 件：{} 件。", chinese, *order),
        ),
    }
    status = pl.col("status")
    return {
        name: pl.coalesce(pl.when(status == each).then(both[place]) for each, both in words.items())
        for place, name in enumerate(("reason", "reason_zh"))
    }
