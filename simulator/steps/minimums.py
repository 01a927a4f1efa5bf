"""The smallest order a supplier takes, in money: what stays below it is refused whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.masters import purchase_prices
from simulator.tables import code

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["below_minimum", "refused"]

PO = "procurement.purchase_order"


def below_minimum(
    world: World, day: int, supplier: np.ndarray, warehouse: np.ndarray, sku: np.ndarray, qty: np.ndarray
) -> np.ndarray:
    """Which lines (base units, ordered together on `day`) would be refused, bool [n].

    A supplier looks at one order, and there is one per supplier and warehouse: its net worth at the prices of the day
    against `min_order_amount`.
    """
    fen = qty * purchase_prices(world.masters, day, supplier, sku, qty)
    _, order = np.unique(supplier * world.stock.shape[0] + warehouse, return_inverse=True)
    return np.bincount(order, fen)[order] < world.masters.min_amount[supplier]


def refused(world: World, po: np.ndarray, owner: np.ndarray, net: np.ndarray) -> np.ndarray:
    """Which orders are too small, bool [len(po)]; `net` fen still wanted by line, `owner` its order's place.

    First stock was negotiated apart and comes whatever it is worth.
    """
    orders = world.tables[PO]
    negotiated = orders.get("po_type", po) == code(PO, "po_type", "initial")
    wanted = np.bincount(owner, net, len(po))
    return ~negotiated & (wanted < world.masters.min_amount[orders.get("supplier_id", po)])
