"""Orders as 旺店通旗舰版 returns them: an object on each line, times in two forms, absent keys for no value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa

from simulator.exports.dialects.foreign import ForeignFile, Spoken, rows_of
from simulator.exports.files import Delivery
from simulator.times import CHINA

__all__ = ["CARRIES", "speak"]

ORDER = "order.sales_order"
CARRIES = {
    ORDER: (
        "order_id", "order_no", "shop_id", "status", "ordered_at", "paid_at", "shipped_at", "goods_amount",
        "freight_charged", "discount_shop", "payable_amount", "paid_amount", "warehouse_id", "fulfil_mode",
        "order_type", "currency", "updated_at",
    ),
}  # fmt: skip
# Of the many codes that mean one state, the one that an order is in when it has just got there.
STATUS = {
    "pending_pay": 10, "paid": 30, "audited": 40, "allocated": 50, "shipped": 95, "delivered": 100, "completed": 110,
    "closed": 4, "cancelled": 5,
}  # fmt: skip


def speak(tables: Mapping[str, pa.Table], delivery: Delivery) -> Spoken:
    """Own orders of the ordinary kind; the format has no word for any other."""
    orders = rows_of(tables, ORDER)
    taken = np.array([row["fulfil_mode"] == "own" and row["order_type"] == "normal" for row in orders], bool)
    lines = [_trade(row) for row, mine in zip(orders, taken, strict=True) if mine]
    if not lines:
        return Spoken()
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    name = f"wdt_orders_{delivery.extracted_at:%Y%m%dT%H%M%S}_{delivery.number}.jsonl"
    return Spoken([ForeignFile(name, content, len(lines), ORDER)], {ORDER: taken})


def _trade(row: dict) -> dict:
    trade = {
        "trade_no": row["order_id"],
        "src_tids": row["order_no"],
        "shop_no": row["shop_id"],
        "warehouse_no": row["warehouse_id"],
        "trade_status": STATUS[row["status"]],
        "trade_time": _milliseconds(row["ordered_at"]),
        "pay_time": _clock(row["paid_at"]),
        "consign_time": _milliseconds(row["shipped_at"]),
        "goods_amount": _four_places(row["goods_amount"]),
        "post_amount": _four_places(row["freight_charged"]),
        "discount": _four_places(row["discount_shop"]),
        "receivable": _four_places(row["payable_amount"]),
        "paid": _four_places(row["paid_amount"]),
        "modified": _clock(row["updated_at"]),
        # Counts the versions of a trade; two of one second are never exported.
        "version_id": int(row["updated_at"].timestamp()),
    }
    return {name: value for name, value in trade.items() if value is not None}


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp()) * 1000


def _clock(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _four_places(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.4f}"
