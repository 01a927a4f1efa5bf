"""What replenishment decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from optimization.proof import Proof
from optimization.replenishment.check import faults
from optimization.replenishment.problem import KEY, Problem

if TYPE_CHECKING:
    from optimization.replenishment.economics import ReplenishmentPlan, ReplenishmentProblem

OPTION_KEY = [*KEY, "supplier_id"]


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
    economics, priced
        The plan behind it and the problem it solves.
    """

    lines: pl.DataFrame
    further: pl.DataFrame
    bridge: pl.DataFrame
    further_bridge: pl.DataFrame
    curve: pl.DataFrame
    shadow_prices: pl.DataFrame
    economics: ReplenishmentPlan
    priced: ReplenishmentProblem

    def check(self, problem: Problem) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self, problem) + self.economics.check(self.priced)

    def as_planned(self) -> ReplenishmentProblem:
        """The priced problem with one option per item, the planned supplier's."""
        return self._with_one(self._planned())

    def as_ordered(self) -> ReplenishmentProblem:
        """The same with those ordered from, and the planned supplier's where nothing is ordered.

        Where several suppliers deliver an item, its lead time on a path is that of the soonest.
        """
        bought = pl.concat(
            part.lines.filter(pl.col("suggested_qty") > 0).select(OPTION_KEY) for part in self.economics.parts
        )
        chosen = self._numbered().join(bought, on=OPTION_KEY, how="semi", maintain_order="left")
        rest = self._planned().join(chosen, on=KEY, how="anti", maintain_order="left")
        return self._with_one(pl.concat([chosen, rest]))

    def _numbered(self) -> pl.DataFrame:
        return self.priced.options.with_row_index("option")

    def _planned(self) -> pl.DataFrame:
        return self._numbered().unique(KEY, keep="first", maintain_order=True)

    def _with_one(self, options: pl.DataFrame) -> ReplenishmentProblem:
        """The priced problem with the first of these options of each item, and the soonest of their lead times."""
        rows = self.priced.items.select(KEY).with_row_index("item")
        each = options.join(rows, on=KEY).sort("item", "option")
        lead, after = np.full((2, rows.height, self.priced.lead_time.shape[1]), np.iinfo(np.int64).max)
        for soonest, times in ((lead, self.priced.lead_time), (after, self.priced.covered_until())):
            np.minimum.at(soonest, each["item"].to_numpy(), times[each["option"].to_numpy()])
        first = each.unique("item", keep="first", maintain_order=True).drop("item", "option")
        no_breaks = self.priced.price_breaks.clear()
        return replace(self.priced, options=first, lead_time=lead, next_arrival=after, price_breaks=no_breaks)
