"""What economic replenishment decided."""

from __future__ import annotations

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
        more than by doing nothing until the next review), ``change_cost`` (of departing from the last plan, against
        dropping its suggestion: taken off ``value``), ``runner_up_value`` (by its own best quantity, less
        the sales lost by waiting longer for it),
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
        less what the order and its containers cost), ``volume``, ``weight``, ``containers`` (int, null: ships without),
        ``fill`` (share of them), ``container_cost``: orders that are made.
    shadow_prices
        ``limit`` (str: ``budget``, ``storage``, ``supplier_capacity``), ``name`` (str), ``price`` (money earned
        by one more unit of it).
    met
        Names of the agreements whose bonus the orders earn; the plan's value has it, no line does.
    second
        What is ordered from further suppliers where the first cannot deliver all, with the problem that this solves;
        None if nothing is. The plan's value has it.
    """

    lines: pl.DataFrame
    bridge: pl.DataFrame
    curve: pl.DataFrame
    orders: pl.DataFrame
    shadow_prices: pl.DataFrame
    met: tuple[str, ...] = ()
    second: tuple[ReplenishmentProblem, ReplenishmentPlan] | None = None

    @property
    def parts(self) -> list[ReplenishmentPlan]:
        """This plan, and those of further suppliers after it."""
        return [self] + ([] if self.second is None else self.second[1].parts)

    @property
    def value(self) -> float:
        """Money earned more than by doing nothing until the next review."""
        return -float(self.objective)

    def check(self, problem: ReplenishmentProblem, params: EconomicParams | None = None) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self, problem, params or EconomicParams())
