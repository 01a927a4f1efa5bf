"""A day of a payment channel's lines, made by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from simulator.times import CHINA

LINE = "payment.channel_statement_line"


def statement_lines(channel: str, account: str) -> list[dict]:
    rows = []
    for n in range(10):
        refund, fen = n in (3, 7), Decimal("1250.00") + n
        rows.append({
            "channel": channel, "merchant_account": account, "statement_id": f"{account}-20260105",
            "channel_txn_no": f"42{10**15 + n}", "line_kind": "refund" if refund else "pay", "line_no": 1,
            "bill_date": date(2026, 1, 5), "occurred_at": datetime(2026, 1, 5, n, 30, n, tzinfo=CHINA),
            "settled_at": datetime(2026, 1, 6, 5, tzinfo=CHINA),
            "merchant_txn_no": f"MT{n}", "channel_refund_no": f"50{10**15 + n}" if refund else None,
            "merchant_refund_no": f"MR{n}" if refund else None, "order_amount": Decimal(0) if refund else fen,
            "settle_amount": fen, "refund_amount": fen if refund else Decimal(0), "coupon_amount": Decimal(0),
            "fee_amount": Decimal(0) if refund else Decimal("7.50"), "fee_rate": None if refund else Decimal("0.006"),
            "currency": "CNY", "direction": "out" if refund else "in",
        })  # fmt: skip
    return rows
