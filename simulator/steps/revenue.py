"""Revenue is booked when goods leave and taken back when they return; a merchant's sale earns a commission only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps.states import value_of
from simulator.tables import code

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["recognise", "take_back"]

ORDER, LINE = "order.sales_order", "order.sales_order_line"
MILLION = 1_000_000


def recognise(world: World, lines: np.ndarray) -> None:
    """Book what customers paid for order lines that leave."""
    _book(world, lines, value_of(world, lines), world.tables[LINE].get("tax_amount", lines), "2203", 1)


def take_back(world: World, lines: np.ndarray, fen: np.ndarray, tax: np.ndarray) -> None:
    """Book refunds (fen with VAT, of which `tax`) of order lines, out of the channels' money."""
    _book(world, lines, fen, tax, "1012", -1)


def _book(world: World, lines: np.ndarray, fen: np.ndarray, tax: np.ndarray, against: str, sign: int) -> None:
    register, sales, post = world.tables[LINE], world.tables[ORDER], world.postings.post
    orders = register.get("order_id", lines)
    shop, merchant = sales.get("shop_id", orders), sales.get("merchant_id", orders)
    theirs = register.get("fulfil_mode", lines) == code(LINE, "fulfil_mode", "merchant")
    day, ours = world.day, ~theirs
    kind = "sale" if sign > 0 else "refund"
    dims = {} if sign > 0 else {"shop_id": shop}
    for mine, name in ((ours, kind), (theirs, "commission_income" if sign > 0 else "refund")):
        post(day, name, against, sign * fen[mine], **{key: values[mine] for key, values in dims.items()})
    post(day, kind, "6001", sign * (tax - fen)[ours], shop_id=shop[ours])
    post(day, kind, "222102", -sign * tax[ours])
    rate = np.rint(world.masters.commission_rate[merchant[theirs]] * MILLION).astype(np.int64)
    earned = (2 * fen[theirs] * rate + MILLION) // (2 * MILLION)
    kind = "commission_income" if sign > 0 else "refund"
    post(day, kind, "6051", -sign * earned, shop_id=shop[theirs])
    post(day, kind, "2241", sign * (earned - fen[theirs]), supplier_id=merchant[theirs])
