"""Alipay's account log 支付宝账务明细: GB18030, a title above the rows, totals below, TABs after long numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa

from simulator.exports.dialects.foreign import ForeignFile, Spoken
from simulator.exports.dialects.statements import LINE, bills
from simulator.exports.files import Delivery
from simulator.times import CHINA

__all__ = ["CARRIES", "speak"]

# The account and the first day name the log. Money going out is written with a minus, its amount read as negative.
CARRIES = {
    LINE: (
        "channel", "merchant_account", "channel_txn_no", "line_kind", "line_no", "occurred_at", "merchant_txn_no",
        "settle_amount", "currency", "direction",
    ),
}  # fmt: skip
KINDS = {"pay": "在线支付", "refund": "交易退款", "fee": "收费", "payout": "提现", "other": "其它"}
COLUMNS = (
    "账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号", "收入金额（+元）", "支出金额（-元）",
    "账户余额（元）", "交易渠道", "业务类型", "备注",
)  # fmt: skip
NOTHING = Decimal(0)


def speak(tables: Mapping[str, pa.Table], delivery: Delivery) -> Spoken:
    """Lines of accounts that have a number, as Alipay's do, in the order of time."""
    return bills(tables, _can_say, lambda row: row["occurred_at"].astimezone(CHINA).date(), _log)


def _can_say(row: dict) -> bool:
    return (
        row["channel"] == "alipay" and row["line_kind"] in KINDS and row["line_no"] == 1 and bool(row["settle_amount"])
        and row["merchant_account"].isdigit()
    )  # fmt: skip


def _log(account: str, day: date, rows: list[dict]) -> ForeignFile:
    signed = [row["settle_amount"] if row["direction"] == "in" else -row["settle_amount"] for row in rows]
    income, expense = [amount for amount in signed if amount > 0], [amount for amount in signed if amount <= 0]
    text = io.StringIO()
    text.write("#支付宝账务明细查询\r\n")
    text.write(f"#账号：[{account}]\r\n")
    until = day + timedelta(days=1)
    text.write(f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{until:%Y年%m月%d日} 00:00:00]\r\n")
    text.write("#" + "-" * 41 + "账务明细列表" + "-" * 40 + "\r\n")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    balance = NOTHING
    for number, (row, amount) in enumerate(zip(rows, signed, strict=True), 1):
        balance += amount
        writer.writerow(_line(row, f"{day:%Y%m%d}{number:013d}", amount, balance))
    text.write("#" + "-" * 41 + "账务明细列表结束" + "-" * 36 + "\r\n")
    text.write(f"#支出合计：{len(expense)}笔，共{sum(expense, NOTHING):.2f}元\r\n")
    text.write(f"#收入合计：{len(income)}笔，共{sum(income, NOTHING):.2f}元\r\n")
    text.write(f"#导出时间：[{until:%Y年%m月%d日} 10:00:00]\r\n")
    content = text.getvalue().encode("gb18030")
    return ForeignFile(f"alipay_acclog_{account}_{day:%Y%m%d}.csv", content, len(rows), LINE)


def _line(row: dict, number: str, amount: Decimal, balance: Decimal) -> list[str]:
    at = row["occurred_at"].astimezone(CHINA)
    # Its balance is that of the day: what lay there before, no export of ours tells.
    return [
        f"{number}\t", f"{row['channel_txn_no']}\t", f"{row['merchant_txn_no'] or ''}\t", "跑鞋",
        f"{at:%Y-%m-%d %H:%M:%S}", "", f"{amount:,.2f}" if amount > 0 else "", f"{amount:,.2f}" if amount <= 0 else "",
        f"{balance:,.2f}", "支付宝", KINDS[row["line_kind"]], "",
    ]  # fmt: skip
