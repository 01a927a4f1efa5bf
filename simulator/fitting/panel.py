"""Counts of items by period as dense arrays."""

from dataclasses import dataclass

import duckdb
import numpy as np

EDGE = 8  # an item lives throughout when its first and its last sale are within this many periods of the ends


@dataclass(frozen=True)
class Panel:
    """Items × periods.

    Parameters
    ----------
    items
        Codes of the items, sorted.
    counts
        Units or lines, 0 where nothing sold.
    """

    items: np.ndarray
    counts: np.ndarray

    def where(self, keep: np.ndarray) -> "Panel":
        """The items for which ``keep`` holds."""
        return Panel(self.items[keep], self.counts[keep])

    def where_items(self, items: np.ndarray) -> np.ndarray:
        """Counts of ``items`` (sorted), zeros for those that the panel does not have."""
        at = np.minimum(np.searchsorted(self.items, items), len(self.items) - 1)
        return np.where((self.items[at] == items)[:, None], self.counts[at], 0.0)

    def living(self, least: int) -> "Panel":
        """Items that sold ``least`` or more and were on sale from start to end, as far as sales tell."""
        sold = self.counts > 0
        first, last = sold.argmax(axis=1), sold.shape[1] - 1 - sold[:, ::-1].argmax(axis=1)
        edge = min(EDGE, sold.shape[1] // 4)
        throughout = (first < edge) & (last >= sold.shape[1] - edge)
        return self.where(throughout & (self.counts.sum(axis=1) >= least))


def panel(connection: duckdb.DuckDBPyConnection, period: str, value: str, periods: int, table: str = "sale") -> Panel:
    """Sums of ``value`` by item and ``period`` (SQL expressions over ``table``; periods from 0)."""
    found = connection.execute(
        f"select item, {period} as period, sum({value})::double as counted from {table} group by all order by all"
    ).fetchnumpy()
    inside = (found["period"] >= 0) & (found["period"] < periods)
    items, row = np.unique(np.asarray(found["item"])[inside], return_inverse=True)
    counts = np.zeros((len(items), periods))
    counts[row, np.asarray(found["period"])[inside].astype(int)] = np.asarray(found["counted"])[inside]
    return Panel(items, counts)


def expected(counts: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Each item's mean times the factors of the periods (one row, or one per item); NaN where nothing could sell."""
    factors = np.broadcast_to(factors, counts.shape)
    means = counts.sum(axis=1, keepdims=True) * factors / factors.sum(axis=1, keepdims=True)
    return np.where(factors > 0, means, np.nan)
