"""What replenishment decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from optimization.proof import Proof
from optimization.replenishment.check import faults
from optimization.replenishment.one_option import as_ordered, as_planned
from optimization.replenishment.problem import Problem

if TYPE_CHECKING:
    from optimization.replenishment.economics import ReplenishmentPlan, ReplenishmentProblem


@dataclass(frozen=True)
class Plan(Proof):
    """Suggestions, levels and the bridges that explain them. The objective is minus the money earned.

    Parameters
    ----------
    lines
        One row per item of the problem, sorted by SKU and location: ``sku_id``, ``location_id``,
        ``supplier_id`` (str: of an order, whom it goes to), ``runner_up_supplier_id``, ``runner_up_value`` (the best of
        the others, and what he would earn by his own best quantity; null: nobody), ``order_lead_days`` (mean days until
        it comes), ``status`` (str: ``order``, ``enough``, ``waits``: needed, but not ordered now;
        ``stock_unknown``, ``no_forecast``, ``no_supplier``), ``policy``, ``policy_reason`` (str),
        ``critical_ratio``, ``service_target``, ``demand_mean`` (float), ``demand_mean_qty``,
        ``safety_stock_qty``, ``reorder_point_qty``, ``order_up_to_qty``, ``position_qty``, ``need_qty``,
        ``suggested_qty``, ``order_step_qty``, ``suggested_packs`` (int, base units but the last, which is in
        purchase units), ``currency`` (str: of cost and amount; null: ours), ``unit_cost`` (decimal, of the price step
        reached), ``unit_margin``, ``amount`` (decimal),
        ``expected_shortage_qty`` (float), ``money_at_stake`` (decimal), ``value`` (money earned more
        than by doing nothing until the next review), ``short_qty_if_nothing``, ``short_qty``, ``left_over_qty``
        (expected units from the order's arrival to the next one's), ``next_pack_value`` (money that one step more would
        earn), ``cover_days_now``, ``cover_days_after`` (float), ``stock_out_date`` (date), ``warning``
        (str: ``overstock``), ``reason`` (str). What cannot be known is null. ``reason_zh`` and ``policy_reason_zh``
        (str) say the same in Chinese.
    further
        Orders of the same items from further suppliers, where the first cannot deliver all: lines of the same columns.
    bridge, further_bridge
        Of the lines, and (with ``supplier_id``) of the further ones: ``sku_id``, ``location_id`` (str), ``seq`` (int,
        from 1), ``step`` (str), ``quantity`` (int, signed, base units), ``text_en``, ``text_zh``: steps of each decided
        line, which add up to it exactly.
    curve
        ``sku_id``, ``location_id``, ``supplier_id``, ``quantity``, ``spend``, ``value``, ``short_qty``,
        ``left_qty``: every quantity looked at, nothing among them.
    shadow_prices
        ``limit``, ``name``, ``location_id`` (of a supplier's order), ``price``: money that one more unit of a
        limit would earn.
    moved
        Transfers that take the place of purchases, which the lines count on: ``sku_id``, ``from_location_id``,
        ``to_location_id``, ``quantity`` (int), ``est_cost``, ``saving`` (money), ``ship_date``, ``arrival_date``.
    economics, priced
        The plan behind it and the problem it solves.
    """

    lines: pl.DataFrame
    further: pl.DataFrame
    bridge: pl.DataFrame
    further_bridge: pl.DataFrame
    curve: pl.DataFrame
    shadow_prices: pl.DataFrame
    moved: pl.DataFrame
    economics: ReplenishmentPlan
    priced: ReplenishmentProblem

    def check(self, problem: Problem) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self, problem) + self.economics.check(self.priced)

    def as_planned(self) -> ReplenishmentProblem:
        """The priced problem with one option per item, the planned supplier's."""
        return as_planned(self.priced)

    def as_ordered(self) -> ReplenishmentProblem:
        """The same with those ordered from, and the planned supplier's where nothing is ordered."""
        return as_ordered(self.priced, self.economics)
