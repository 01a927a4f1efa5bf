"""What a notice says in words, in English and Chinese; pure."""

from __future__ import annotations

from collections.abc import Mapping

KINDS = {
    "begun": ("Alert", "预警"),
    "again": ("Alert still standing", "预警仍未解除"),
    "ended": ("Alert ended", "预警解除"),
}


def subject(notice: Mapping[str, object]) -> str:
    """The line that a list of mails shows; names of goods may have several, a subject has one."""
    english, chinese = KINDS[str(notice["kind"])]
    told = f"{english} {chinese}: {_about(notice)} = {figure(notice['value'], notice['unit'])}"
    return " ".join(told.split())


def text(notice: Mapping[str, object], workspace: str) -> str:
    """Two sentences in each language: what the metric says against its limit, and what is at stake."""
    value, limit = (figure(notice[name], notice["unit"]) for name in ("value", "limit"))
    side, side_zh = ("above", "高于") if notice["is_upper"] else ("below", "低于")
    ended = notice["kind"] == "ended"
    money = notice["money_at_stake"]
    english = f"{_about(notice)} is {value}" + (
        f"; the alert since {notice['since']} has ended." if ended else f", {side} its limit of {limit}."
    )
    chinese = f"{notice['title_zh']}{_of(notice)}为 {value}" + (
        f"，自 {notice['since']} 起的预警已解除。" if ended else f"，{side_zh}阈值 {limit}。"
    )
    stake = [] if money is None else [f"Money at stake: {float(str(money)):,.2f}. 涉及金额：{float(str(money)):,.2f}。"]
    told = f"Workspace {workspace}, rule {notice['rule']}, owner {notice['owner']}, as of {notice['as_of']}."
    return "\n".join([english, chinese, *stake, "", told]) + "\n"


def figure(value: object, unit: object) -> str:
    """A value of a metric as its unit is read."""
    if value is None:
        return "–"
    return f"{float(str(value)):.1%}" if unit == "share" else f"{float(str(value)):,.2f}".removesuffix(".00")


def _about(notice: Mapping[str, object]) -> str:
    return f"{notice['title']}{_of(notice)}"


def _of(notice: Mapping[str, object]) -> str:
    return f" ({notice['member']})" if notice["member"] else ""
