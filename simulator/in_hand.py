"""Orders that are paid and not shipped: the books show neither their income nor their cost yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.masters import purchase_prices
from simulator.tables import NULL, code

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["InHand", "in_hand"]

ORDER, LINE = "order.sales_order", "order.sales_order_line"


class InHand(NamedTuple):
    """Orders that have yet to leave, and what they will earn before freight, in fen."""

    orders: int
    margin: float


def in_hand(world: World) -> InHand:
    """What is in hand tonight: own goods at their average cost, dropshipped ones at today's price, others' goods at the
    commission.
    """
    register, sales, masters = world.tables[LINE], world.tables[ORDER], world.masters
    order = register.live("order_id")
    due = (register.live("cancelled_qty") == 0) & (register.live("shipped_qty") == 0) & (order >= sales.base)
    due[due] &= sales.live("paid_at")[order[due] - sales.base] != NULL
    line = {name: register.live(name)[due] for name in (
        "sku_id", "qty", "fulfil_mode", "line_amount", "allocated_discount", "allocated_freight", "tax_amount",
    )}  # fmt: skip
    gross = line["line_amount"] - line["allocated_discount"] + line["allocated_freight"]
    units = world.stock.worth.units.sum(axis=0)
    own_cost = world.stock.worth.fen.sum(axis=0) / np.maximum(units, 1)
    sku, qty = line["sku_id"], line["qty"]
    bought = purchase_prices(masters, world.day, masters.supplier_of[sku], sku, qty)
    cost = qty * np.where((units[sku] > 0) & _is(line["fulfil_mode"], "own"), own_cost[sku], bought)
    merchant = sales.live("merchant_id")[order[due] - sales.base]
    margin = np.where(
        _is(line["fulfil_mode"], "merchant"), gross * masters.commission_rate[merchant],
        gross - line["tax_amount"] - cost,
    )  # fmt: skip
    return InHand(len(np.unique(order[due])), float(margin.sum()))


def _is(mode: np.ndarray, name: str) -> np.ndarray:
    return mode == code(LINE, "fulfil_mode", name)
