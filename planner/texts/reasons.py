"""Why the plan proposes something, in Chinese, where its mart says it in English alone: by what it looks like.

Receivers, files and analysts keep the English; a page in Chinese shows this.
"""

from __future__ import annotations

import re

_TOLD = (
    # ---------- waves: what it holds, in which zone, what it spares
    (
        r"(identical baskets picked in bulk|orders of one SKU|orders of several)(?: in zone (.+?))?"
        r"(?:; (-?\d+) % less walking than one by one)?",
        lambda kind, zone, spared: (
            _KINDS[kind] + (f"（{zone} 区）" if zone else "") + (f"；比逐单拣选少走 {spared}%" if spared else "")
        ),
    ),
    # ---------- cycle counts
    (
        r"([\d.]+) units in doubt: ([\d.]+) between ledger and snapshot, (\d+) short picks, "
        r"([\d.]+) expected since the last count",
        lambda doubt, differs, short, expected: (
            f"存疑 {doubt} 件：账实差异 {differs}，拣货短缺 {short} 次，上次盘点以来预计误差 {expected}"
        ),
    ),
    # ---------- stages of a life cycle
    (r"product record: (.+)", lambda stage: f"商品档案：{stage}"),
    (r"not sold yet", lambda: "尚未上市"),
    (r"on the market since (.+)", lambda day: f"{day} 起上市"),
    (r"no demand since (.+)", lambda day: f"{day} 起无需求"),
    (r"no demand at all", lambda: "一直没有需求"),
    (r"history too short to compare", lambda: "历史太短，无法比较"),
    (r"([\d.]+) a week, expected ([\d.]+)(.*)", lambda now, expected, rest: f"每周 {now} 件，预期 {expected}{rest}"),
    # ---------- suppliers' outlooks
    (r"today's levels over the forecast", lambda: "按今日水位与预测推算"),
    (r"ordered and suggested this week", lambda: "本周已订与建议"),
)
_KINDS = {
    "identical baskets picked in bulk": "相同组合批量拣选",
    "orders of one SKU": "单品订单",
    "orders of several": "多品订单",
}
_PATTERNS = tuple((re.compile(english), chinese) for english, chinese in _TOLD)


def reason_in_chinese(english: str) -> str:
    """A reason in Chinese; as it is where nobody has translated it."""
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(english):
            return chinese(*found.groups())
    return english
