"""Days on which suppliers rest: orders stand still on them."""

import numpy as np
import polars as pl

from forecasting.door import check_frame
from optimization.replenishment.lead_time_paths import arrival_paths

REVIEWED = {
    "supplier_id": "text?", "lead_time_days": "number", "order_cycle_days": "number", "review_days": "number",
}  # fmt: skip


class Rests:
    """Days of rest ahead, by row of something that a supplier each delivers.

    Parameters
    ----------
    rests
        ``supplier_id``, ``day`` (int, ≥ 1: days from today), as ``Problem.rests``.
    suppliers
        Supplier of every row; text.
    """

    def __init__(self, rests: pl.DataFrame, suppliers: pl.Series) -> None:
        days = dict(rests.unique().sort("day").group_by("supplier_id", maintain_order=True).agg("day").iter_rows())
        rows = {name: [] for name in days}
        for row, name in enumerate(suppliers.to_list()):
            if name in rows:
                rows[name].append(row)
        self._known = [(np.array(rows[name], dtype=np.int64), np.array(days[name])) for name in days if rows[name]]

    def worked(self, days: np.ndarray) -> np.ndarray:
        """Days of work within so many days from today; shape (rows, …), any number."""
        worked = days.copy()
        for rows, rests in self._known:
            worked[rows] -= np.searchsorted(rests, days[rows], side="left")
        return worked

    def passed(self, worked: np.ndarray) -> np.ndarray:
        """Days until so many days of work are done; shape (rows, …): what ``worked`` undoes."""
        passed = worked.copy()
        for rows, rests in self._known:
            # Before the k-th day of rest lie as many days as its number, k of them not worked: itself and those before.
            passed[rows] += np.searchsorted(rests - np.arange(1, rests.size + 1), worked[rows], side="left")
        return passed

    def arrivals(self, due_in: np.ndarray, worked: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Days on which what is under way arrives: around its date by days of work, and what they pass.

        A day that the supplier told stands, even one of rest; what comes later than told waits for those on its way.

        Parameters
        ----------
        due_in
            Shape (rows,): days until it is expected, below zero where it is late.
        worked, mean
            Days of work that its supplier takes, on the paths (rows, paths), and their mean (rows,).

        Returns
        -------
        np.ndarray
            int64, shape (rows, paths), zero or more.
        """
        expected = self.worked(due_in)
        paths = arrival_paths(expected, worked, mean)
        as_told = (paths == expected[:, None]) & (due_in > 0)[:, None]
        return np.where(as_told, due_in[:, None], self.passed(paths))


def ordered_no_sooner(items: pl.DataFrame, rests: pl.DataFrame, days: int) -> pl.DataFrame:
    """The items with the reviews they have where nobody orders sooner than so many days after the last order.

    Parameters
    ----------
    items
        ``supplier_id`` (text, null: none), ``lead_time_days`` (number, of an order of today, rests in it),
        ``order_cycle_days`` (number, days of work between orders) and ``review_days``, which is replaced.
    rests
        Days ahead on which an order of today stands still, as ``Problem.rests`` and ``Problem.waits`` together.
    days
        Fewest days between two orders.

    Returns
    -------
    pl.DataFrame
        ``review_days``: days between the receipt of an order of today and that of the next one.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(items, REVIEWED, "items")
    still = Rests(rests, items["supplier_id"])
    lead = items["lead_time_days"].cast(pl.Float64).to_numpy()
    cycle = np.maximum(items["order_cycle_days"].cast(pl.Float64).to_numpy(), float(days))
    review = still.passed(still.worked(lead) + cycle) - lead
    return items.with_columns(review_days=pl.Series(review, dtype=pl.Float64))
