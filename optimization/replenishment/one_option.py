"""A priced problem with one option per item: whom the plan thinks of, or orders from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from optimization.replenishment.problem import KEY

if TYPE_CHECKING:
    from optimization.replenishment.economics import ReplenishmentPlan, ReplenishmentProblem

OPTION_KEY = [*KEY, "supplier_id"]


def as_planned(priced: ReplenishmentProblem) -> ReplenishmentProblem:
    """The problem with the planned supplier's option of each item: its first."""
    return _with_one(priced, _planned(priced))


def as_ordered(priced: ReplenishmentProblem, plan: ReplenishmentPlan) -> ReplenishmentProblem:
    """The same with those that the plan orders from, and the planned supplier's where nothing is ordered.

    Where several suppliers deliver an item, its lead time on a path is that of the soonest.
    """
    bought = pl.concat(part.lines.filter(pl.col("suggested_qty") > 0).select(OPTION_KEY) for part in plan.parts)
    chosen = _numbered(priced).join(bought, on=OPTION_KEY, how="semi", maintain_order="left")
    rest = _planned(priced).join(chosen, on=KEY, how="anti", maintain_order="left")
    return _with_one(priced, pl.concat([chosen, rest]))


def _numbered(priced: ReplenishmentProblem) -> pl.DataFrame:
    return priced.options.with_row_index("option")


def _planned(priced: ReplenishmentProblem) -> pl.DataFrame:
    return _numbered(priced).unique(KEY, keep="first", maintain_order=True)


def _with_one(priced: ReplenishmentProblem, options: pl.DataFrame) -> ReplenishmentProblem:
    """The problem with the first of these options of each item, and the soonest of their lead times."""
    rows = priced.items.select(KEY).with_row_index("item")
    each = options.join(rows, on=KEY).sort("item", "option")
    lead, after = np.full((2, rows.height, priced.lead_time.shape[1]), np.iinfo(np.int64).max)
    for soonest, times in ((lead, priced.lead_time), (after, priced.covered_until())):
        np.minimum.at(soonest, each["item"].to_numpy(), times[each["option"].to_numpy()])
    first = each.unique("item", keep="first", maintain_order=True).drop("item", "option")
    no_breaks = priced.price_breaks.clear()
    return replace(priced, options=first, lead_time=lead, next_arrival=after, price_breaks=no_breaks)
