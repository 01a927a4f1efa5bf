"""What a clairvoyant would buy: he knows every customer and every lorry to come, and orders just enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.decisions import Purchases
from simulator.policies.topping_up import top_up
from simulator.steps.lead_times import accepts_orders, lead_times, order_days

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Foresight"]


class Foresight:
    """Covers demand until what is ordered on the supplier's next order day arrives."""

    def __init__(self) -> None:
        self._wanted: dict[int, np.ndarray] = {}  # own units by day to come

    def buy(self, world: World, day: int) -> None:
        takes_orders = accepts_orders(world, day)
        if not takes_orders.any():
            return
        masters, stock = world.masters, world.stock
        until = self._covered_until(world, day)
        cumulated = np.cumsum(self._look_ahead(world, day, int((until - day)[takes_orders].max())), axis=0)
        ours = (masters.modes[:, 0] > 0) & ~masters.is_bundle & takes_orders[masters.supplier_of]
        sku = np.flatnonzero(ours)
        supplier = masters.supplier_of[sku]
        need = cumulated[until[supplier] - day - 1, :, sku].T
        position = (stock.own_available() + stock.on_order + stock.transfer_to)[:, sku]
        missing, case = np.maximum(need - position, 0), masters.case_units[sku]
        qty = np.where(missing > 0, np.maximum(-(-missing // case) * case, masters.moq[sku]), 0).astype(np.int64)
        qty = top_up(world, day, sku, qty, position, need / (until - day)[supplier])
        warehouse, place = np.nonzero(qty)
        world.decisions.purchases.append(
            Purchases(supplier[place], warehouse, sku[place], qty[warehouse, place],
                      np.full(len(place), -1, np.int64))
        )  # fmt: skip

    def _covered_until(self, world: World, day: int) -> np.ndarray:
        """The day on which goods ordered on each supplier's next order day after `day` arrive."""
        following = order_days(world, day + 1)
        until = np.zeros(len(following), np.int64)
        for start in np.unique(following).tolist():
            here = following == start
            until[here] = lead_times(world, start).arrives[here]
        return np.maximum(until, lead_times(world, day).arrives)

    def _look_ahead(self, world: World, day: int, days: int) -> np.ndarray:
        """Own units wanted on each of the `days` days after `day`, shape (days, warehouses, skus)."""
        for past in [known for known in self._wanted if known <= day]:
            del self._wanted[past]
        for ahead in range(day + 1, day + 1 + days):
            if ahead not in self._wanted:
                self._wanted[ahead] = world.demand.own_units(ahead)
        return np.stack([self._wanted[ahead] for ahead in range(day + 1, day + 1 + days)])
