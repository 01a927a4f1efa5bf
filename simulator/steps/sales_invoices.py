"""Invoices to customers, and the red ones that take back what is refunded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import code

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["issue", "take_back"]

ORDER, LINE, INVOICE = "order.sales_order", "order.sales_order_line", "payment.sales_invoice"
MILLION = 1_000_000


def issue(world: World, at: np.ndarray, orders: np.ndarray) -> None:
    """Invoice what customers have paid and not got back."""
    sales = world.tables[ORDER]
    fen = sales.get("paid_amount", orders) - sales.get("refunded_amount", orders)
    orders, at, fen = orders[fen > 0], at[fen > 0], fen[fen > 0]
    serials = _add(world, at, orders, fen, -1)
    sales.note(orders, _invoice=serials)


def take_back(world: World, at: np.ndarray, orders: np.ndarray, fen: np.ndarray) -> None:
    """Red invoices over refunds (fen > 0) of orders that were invoiced."""
    blue = world.tables[ORDER].get("_invoice", orders)
    invoiced = blue >= 0
    _add(world, at[invoiced], orders[invoiced], -fen[invoiced], blue[invoiced])


def _add(world: World, at, orders, fen, red_of) -> np.ndarray:
    sales = world.tables[ORDER]
    rate = world.tables[LINE].get("tax_rate", sales.get("_first_line", orders))
    tax = np.sign(fen) * ((2 * np.abs(fen) * rate + MILLION + rate) // (2 * (MILLION + rate)))
    return world.tables[INVOICE].add(
        len(orders), order_id=orders, shop_id=sales.get("shop_id", orders),
        invoice_type=code(INVOICE, "invoice_type", "e_normal"), is_red=fen < 0, red_of_invoice_no=red_of,
        invoiced_at=at, amount_ex_tax=fen - tax, tax_amount=tax, amount=fen, tax_rate=rate,
        status=code(INVOICE, "status", "issued"),
    )  # fmt: skip
