"""The usual retailer's rule: reorder point and economic order quantity, (s, nQ), by warehouse and SKU.

s = m·L + z·sqrt(L·σ² + m²·σ_L²) and Q = sqrt(2·K·m·365 / h·c) (Silver, Pyke, Thomas, Inventory and Production
Management in Supply Chains, sections 4.2 and 6.7): m and σ are mean and deviation of daily demand at the natural
warehouse over the last weeks, as the order lines show it, L the supplier's lead time by his terms plus the days to
his next order day, K the cost of an order, h the yearly holding rate, c the unit cost. An order below its
supplier's minimum is topped up with his other goods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.decisions import Purchases
from simulator.policies.rebalancing import rebalance
from simulator.policies.topping_up import top_up
from simulator.steps.lead_times import accepts_orders
from simulator.tables import code

if TYPE_CHECKING:
    from simulator.parameters import Parameters
    from simulator.world import World

__all__ = ["ReorderPoint"]

ORDER, LINE = "order.sales_order", "order.sales_order_line"
LEAST_DAYS = 14  # of demand seen before the rule orders anything
ENDING_DAYS = 45  # before a SKU's announced end nothing is ordered any more


class ReorderPoint:
    """(s, nQ) by the world file's [policy]: `z`, `window_weeks`, `holding_rate`; another `z` where it is given."""

    def __init__(self, parameters: Parameters, z: float | None = None) -> None:
        self.terms = parameters.policy
        self.z = parameters.policy.z if z is None else z
        self._history: np.ndarray | None = None  # units by (day of the ring, warehouse, sku)
        self._seen = 0  # order lines counted so far
        self._days = 0

    def buy(self, world: World, day: int) -> None:
        """Look at yesterday's order lines and order where the position is at or below the reorder point."""
        self._look(world)
        if self._days < LEAST_DAYS:
            return
        takes_orders = accepts_orders(world, day)
        mean, deviation = self._demand(world, day)
        rebalance(world, day, mean)
        if takes_orders.any():
            self._order(world, day, takes_orders, mean, deviation)

    def _order(self, world: World, day: int, takes_orders: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> None:
        masters, stock = world.masters, world.stock
        on_sale = (masters.launch_day <= day) & (masters.end_day - ENDING_DAYS > day) & ~masters.is_bundle
        sku = np.flatnonzero(on_sale & (masters.modes[:, 0] > 0) & takes_orders[masters.supplier_of])
        supplier = masters.supplier_of[sku]
        mean, deviation = mean[:, sku], deviation[:, sku]
        cycle = 7 / masters.weekday_mask.sum(axis=1)
        lead = (masters.lead_days + cycle)[supplier]
        point = mean * lead + self.z * np.sqrt(lead * deviation**2 + (mean * masters.lead_sd[supplier]) ** 2)
        position = (stock.own_available() + stock.on_order + stock.transfer_to)[:, sku]
        yearly = self.terms.holding_rate * masters.purchase_price[sku]
        lot = np.maximum(np.sqrt(2 * masters.order_cost[supplier] * mean * 365 / yearly), 1)
        case = masters.case_units[sku]
        lot = np.maximum(np.ceil(lot / case) * case, masters.moq[sku])
        lots = np.where((position <= point) & (mean > 0), np.maximum(np.ceil((point - position) / lot), 1), 0)
        qty = top_up(world, day, sku, (lots * lot).astype(np.int64), position, mean)
        warehouse, place = np.nonzero(qty)
        world.decisions.purchases.append(
            Purchases(supplier[place], warehouse, sku[place], qty[warehouse, place],
                      np.full(len(place), -1, np.int64))
        )  # fmt: skip

    def _look(self, world: World) -> None:
        """Add the order lines placed since the last look to the history, at their customers' natural warehouse."""
        if self._history is None:
            self._history = np.zeros((self.terms.window_weeks * 7, *world.stock.shape), np.int32)
            self._sum, self._squares = np.zeros(world.stock.shape), np.zeros(world.stock.shape)
            self._seen = world.tables[LINE].count
            return
        register = world.tables[LINE]
        lines = np.arange(max(self._seen, register.base), register.count)
        self._seen = register.count
        own = register.get("fulfil_mode", lines) == code(LINE, "fulfil_mode", "own")
        lines = lines[own]
        province = world.tables[ORDER].get("dest_province", register.get("order_id", lines))
        today = self._history[self._days % len(self._history)]
        forgotten = today.astype(np.float64)
        today[:] = 0
        np.add.at(today, (world.masters.rank[province, 0], register.get("sku_id", lines)), register.get("qty", lines))
        self._sum += today - forgotten
        self._squares += today.astype(np.float64) ** 2 - forgotten**2
        self._days += 1

    def _demand(self, world: World, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation per day over the window, or since the launch, shape (warehouses, skus)."""
        days = np.clip(day - world.masters.launch_day, 1, min(self._days, len(self._history)))
        mean = self._sum / days
        return mean, np.sqrt(np.maximum(self._squares / days - mean**2, 0))
