"""What economic replenishment decided."""

from dataclasses import dataclass

import polars as pl

from optimization.proof import Proof
from optimization.replenishment.economics.check import faults
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.problem import ReplenishmentProblem


@dataclass(frozen=True)
class ReplenishmentPlan(Proof):
    """Lines, their bridges and alternatives, and what limits cost. The objective is minus the money earned.

    Parameters
    ----------
    lines
        One row per item, in the problem's order: ``sku_id``, ``location_id``, ``supplier_id``,
        ``runner_up_supplier_id`` (str, null: none), ``status`` (str: ``order``, ``nothing``, ``no_supplier``),
        the levels of ``bridge``, ``suggested_qty`` (int, base units), ``spend`` (money), ``value`` (money earned
        more than by doing nothing until the next review), ``runner_up_value`` (by its own best quantity),
        ``best_value`` (were money and suppliers no limit), ``short_qty_if_nothing``, ``short_qty`` (expected, from
        the order's arrival to the next order's), ``left_qty``, ``expired_qty`` (expected), ``next_pack_value``
        (money that one step more would earn; null at the last candidate), ``critical_ratio``, ``policy``,
        ``policy_reason``.
    bridge
        As ``bridge.bridge`` returns it.
    curve
        ``sku_id``, ``location_id``, ``supplier_id``, ``quantity``, ``spend``, ``value``, ``short_qty``,
        ``left_qty``: every candidate of the chosen option, doing nothing (0) among them. Null value: may not
        be ordered.
    orders
        ``supplier_id``, ``lines`` (int), ``spend``, ``minimum_value``, ``order_cost``, ``value`` (lines together
        less the order's cost): orders that are made.
    shadow_prices
        ``limit`` (str: ``budget``, ``storage``, ``supplier_capacity``), ``name`` (str), ``price`` (money earned
        by one more unit of it).
    """

    lines: pl.DataFrame
    bridge: pl.DataFrame
    curve: pl.DataFrame
    orders: pl.DataFrame
    shadow_prices: pl.DataFrame

    @property
    def value(self) -> float:
        """Money earned more than by doing nothing until the next review."""
        return -float(self.objective)

    def check(self, problem: ReplenishmentProblem, params: EconomicParams | None = None) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self.lines, self.bridge, self.value, problem, params or EconomicParams())
