"""Lines of purchase orders: what is open, and how lines and their orders come to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import code

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["close_lines", "open_units"]

PO, LINE = "procurement.purchase_order", "procurement.purchase_order_line"


def open_units(world: World, lines: np.ndarray) -> np.ndarray:
    """Base units still to come: ordered less received less cancelled; 0 for a line that is finished."""
    register = world.tables[LINE]
    left = register.get("ordered_qty", lines) - register.get("received_qty", lines)
    left = np.maximum(left - register.get("cancelled_qty", lines), 0)
    status = register.get("line_status", lines)
    finished = np.isin(status, [code(LINE, "line_status", name) for name in ("received", "closed", "cancelled")])
    return np.where(finished, 0, left)


def close_lines(world: World, at: np.ndarray | int, lines: np.ndarray, status: str) -> None:
    """End lines as received or cancelled; an order whose lines have all ended ends with them."""
    if not len(lines):
        return
    register, orders = world.tables[LINE], world.tables[PO]
    register.set(lines, at, line_status=code(LINE, "line_status", status))
    world.purchasing.finished(lines)
    po = register.get("po_id", lines)
    orders.bump("_finished", po, 1)
    at = np.broadcast_to(at, len(lines))
    po, place = np.unique(po, return_index=True)
    ended = orders.get("_finished", po) == orders.get("_lines", po)
    po, when = po[ended], at[place[ended]]
    brought = orders.get("_receipts", po) > 0
    orders.set(po[brought], when[brought], status=code(PO, "status", "received"))
    orders.set(po[~brought], when[~brought], status=code(PO, "status", "cancelled"), closed_at=when[~brought])
