"""Purchase orders that are under way, and the demand they are to meet."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.orders.afterwards import Afterwards
from optimization.replenishment.paths import check_demand, check_periods, refuse_unknown
from optimization.replenishment.problem import KEY

ITEMS = {
    "sku_id": "text",
    "location_id": "text",
    "on_hand_qty": "integer",
    "unit_price": "number",
    "shortage_cost": "number",
    "holding_cost": "number",
    "terminal_value": "number",
    "backorder": "bool",
}
LINES = {
    "po_line_id": "text",
    "sku_id": "text",
    "location_id": "text",
    "open_qty": "integer",
    "expected_arrival_date": "date",
    "earliest_date": "date?",
    "latest_date": "date?",
    "expedite_cost": "number",
    "defer_cost": "number",
    "cancel_fee_share": "number?",
    "may_increase": "bool",
    "unit_cost": "number",
    "moq": "integer",
    "order_step": "integer",
}


@dataclass(frozen=True)
class UnderWay:
    """Open purchase-order lines and the demand they are to meet.

    Parameters
    ----------
    items
        One row per SKU and location, in the order of ``demand``: ``on_hand_qty`` (int, sellable less reserved, below
        zero where customers wait), ``unit_price``, ``shortage_cost``, ``holding_cost``, ``terminal_value`` (money per
        unit, as for ``ReplenishmentProblem``), ``backorder`` (bool).
    demand
        Shape (items, paths, periods), zero or more: possible futures.
    lines
        One row per line that is still open, whether late or not:

        - ``po_line_id``, ``sku_id``, ``location_id`` (text), ``open_qty`` (int, > 0, base units),
        - ``expected_arrival_date`` (date): when it is expected, told in the answer; what counts is ``arrivals``,
        - ``earliest_date`` (null: cannot be hastened) for ``expedite_cost`` (money, for the line),
        - ``latest_date`` (null: cannot be postponed) for ``defer_cost`` (money, for the line),
        - ``cancel_fee_share`` (null: the supplier takes nothing back): of the cost of units cancelled,
        - ``may_increase`` (bool), ``unit_cost`` (money), ``moq`` (int, ≥ 0), ``order_step`` (int, ≥ 1).
    arrivals
        Shape (lines, paths), int, ≥ 0: period in which each line arrives on each path, as its supplier's record has
        it; what comes after the horizon is left over at its end. A line that is changed keeps its spread.
    as_of_date
        Business date, the first of the demand's periods.
    period_days
        Days in a period. Default 1.
    afterwards
        From when on later orders adapt, and what stock is worth from then on. Default None: they never do.

    coming
        Shape (items, paths, periods): units that arrive besides, which nobody may change. Default None: none.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    items: pl.DataFrame
    demand: np.ndarray
    lines: pl.DataFrame
    arrivals: np.ndarray
    as_of_date: date
    period_days: int = 1
    afterwards: Afterwards | None = None
    coming: np.ndarray | None = None

    def __post_init__(self) -> None:
        check_frame(self.items, ITEMS, "items")
        check_unique(self.items, KEY, "items")
        check_frame(self.lines, LINES, "lines")
        check_unique(self.lines, ["po_line_id"], "lines")
        check_demand(self.demand, self.items)
        check_periods("arrivals", self.arrivals, self.lines.height, self.demand.shape[1])
        refuse_unknown(self.lines, self.items, KEY, "sku_id", "lines", "items")
        refuse_rows(self.lines, pl.col("open_qty") < 1, "open_qty", "must be above zero", "lines")
        refuse_rows(self.lines, pl.col("order_step") < 1, "order_step", "must be 1 or more", "lines")
        for column in ("expedite_cost", "defer_cost", "cancel_fee_share", "unit_cost", "moq"):
            refuse_rows(self.lines, pl.col(column) < 0, column, "must be zero or more", "lines")

    def period(self, day: date) -> int:
        """Period in which a day falls; a day that has passed is in the first."""
        return max((day - self.as_of_date).days, 0) // self.period_days
