"""WeChat Pay's trade bill 微信支付交易账单: four parts, a backtick before every value, nothing quoted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pyarrow as pa

from simulator.exports.dialects.foreign import ForeignFile, Spoken
from simulator.exports.dialects.statements import LINE, bills
from simulator.exports.files import Delivery
from simulator.times import CHINA

__all__ = ["CARRIES", "speak"]

# A refund's settled amount is 0.00 in a bill: what went back stands in a column of its own.
CARRIES = {
    LINE: (
        "channel", "merchant_account", "statement_id", "channel_txn_no", "line_kind", "line_no", "bill_date",
        "occurred_at", "merchant_txn_no", "channel_refund_no", "merchant_refund_no", "order_amount", "refund_amount",
        "coupon_amount", "fee_amount", "fee_rate", "currency", "direction",
    ),
}  # fmt: skip
STATES = {"pay": "SUCCESS", "refund": "REFUND"}
COLUMNS = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识",
    "交易类型", "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号",
    "退款金额", "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包", "手续费", "费率",
    "订单金额", "申请退款金额", "费率备注",
)  # fmt: skip
SUMMARY = (
    "总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额", "手续费总金额", "订单总金额",
    "申请退款总金额",
)  # fmt: skip
NOTHING = Decimal(0)


def speak(tables: Mapping[str, pa.Table], delivery: Delivery) -> Spoken:
    """Payments and refunds of the day; a bill numbers the refunds of an order itself, so there is one of each."""
    return bills(tables, _can_say, lambda row: row["occurred_at"].astimezone(CHINA).date(), _bill)


def _can_say(row: dict) -> bool:
    return row["channel"] == "wechat" and row["line_kind"] in STATES and row["line_no"] == 1


def _bill(account: str, day: date, rows: list[dict]) -> ForeignFile:
    settled = sum((_settled(row) for row in rows), NOTHING)
    refunded, fee, ordered = (_sum(rows, name) for name in ("refund_amount", "fee_amount", "order_amount"))
    totals = [len(rows), _yuan(settled), _yuan(refunded), "0.00", f"{fee:.5f}", _yuan(ordered), _yuan(refunded)]
    lines = [",".join(COLUMNS), *map(_line, rows), ",".join(SUMMARY), _marked(totals)]
    content = ("\ufeff" + "".join(line + "\r\n" for line in lines)).encode()
    return ForeignFile(f"wechat_trade_{account}_{day:%Y%m%d}.csv", content, len(rows), LINE)


def _line(row: dict) -> str:
    refund = row["line_kind"] == "refund"
    rate = row["fee_rate"]
    values = {
        "交易时间": f"{row['occurred_at'].astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "公众账号ID": "wx8397f8696b538317",
        "商户号": row["merchant_account"],
        "特约商户号": "0",
        "微信订单号": row["channel_txn_no"],
        "商户订单号": row["merchant_txn_no"],
        "交易类型": "JSAPI",
        "交易状态": STATES[row["line_kind"]],
        "付款银行": "OTHERS",
        "货币种类": row["currency"],
        "应结订单金额": _yuan(_settled(row)),
        "代金券金额": _yuan(row["coupon_amount"]),
        "微信退款单号": row["channel_refund_no"] if refund else "0",
        "商户退款单号": row["merchant_refund_no"] if refund else "0",
        "退款金额": _yuan(row["refund_amount"]),
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL" if refund else "",
        "退款状态": "SUCCESS" if refund else "",
        "商品名称": "跑鞋, 运动服饰",
        "手续费": f"{row['fee_amount'] or NOTHING:.5f}",
        "费率": "" if rate is None else f"{rate * 100:.4f}%",
        "订单金额": _yuan(row["order_amount"]),
        "申请退款金额": _yuan(row["refund_amount"]),
    }
    return _marked([values.get(name, "") for name in COLUMNS])


def _settled(row: dict) -> Decimal:
    return NOTHING if row["line_kind"] == "refund" else row["settle_amount"]


def _marked(values: list) -> str:
    return ",".join(f"`{'' if value is None else value}" for value in values)


def _sum(rows: list[dict], name: str) -> Decimal:
    return sum((row[name] or NOTHING for row in rows), NOTHING)


def _yuan(amount: Decimal | None) -> str:
    return f"{amount or NOTHING:.2f}"
