"""Orders raised to what a supplier takes at least, as buyers do: his goods share what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.masters import purchase_prices

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["top_up"]

MOST_DAYS = 180  # of cover: rather no order than goods for longer


def top_up(
    world: World, day: int, sku: np.ndarray, qty: np.ndarray, position: np.ndarray, daily: np.ndarray
) -> np.ndarray:
    """Base units to order so that no order is below its supplier's minimum, shape (warehouses, len(sku)).

    An order that is too small grows until all goods of the supplier last equally long (joint replenishment to a
    common cover); one that would need more than 180 days' cover waits, as nothing.

    Parameters
    ----------
    sku
        Places of the SKUs whose suppliers take orders on `day`, each with its first supplier.
    qty, position, daily
        Units wanted by each SKU alone, units at hand and coming, and units sold per day; (warehouses, len(sku)).
    """
    masters, out = world.masters, qty.copy()
    supplier = masters.supplier_of[sku]
    for warehouse in range(len(qty)):
        fen = qty[warehouse] * purchase_prices(masters, day, supplier, sku, qty[warehouse])
        wanted = np.bincount(supplier, fen, len(masters.supplier_ids))
        for place in np.flatnonzero((wanted > 0) & (wanted < masters.min_amount)).tolist():
            mine = np.flatnonzero(supplier == place)
            out[warehouse, mine] = _raised(
                world, day, sku[mine], *(values[warehouse, mine] for values in (qty, position, daily))
            )
    return out


def _raised(world: World, day: int, sku: np.ndarray, qty, position, daily) -> np.ndarray:
    """One supplier's order at the least cover, in whole days, that reaches his minimum."""
    masters, supplier = world.masters, world.masters.supplier_of[sku]
    case, least = masters.case_units[sku], masters.min_amount[supplier[0]]

    def order(days: int) -> np.ndarray:
        missing = np.ceil(np.maximum(days * daily - position, 0) / case).astype(np.int64) * case
        return np.maximum(qty, np.where(missing > 0, np.maximum(missing, masters.moq[sku]), 0))

    def reaches(days: int) -> bool:
        units = order(days)
        return int((units * purchase_prices(masters, day, supplier, sku, units)).sum()) >= least

    if not reaches(MOST_DAYS):
        return np.zeros_like(qty)
    too_few, enough = 0, MOST_DAYS
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if reaches(middle) else (middle, enough)
    return order(enough)
