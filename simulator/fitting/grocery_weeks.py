"""Items of The Complete Journey that sell nearly every week, with what was promoted when."""

from dataclasses import dataclass

import duckdb
import numpy as np

from simulator.fitting.panel import Panel, panel
from simulator.fitting.promotion import Uplift, fit_uplift
from simulator.fitting.seasonality import common_factor, season

WEEKS = 52
MISSED = 3  # weeks an item may go without a sale: their price is unknown, and slow items would lose just their zeros
LEAST_UNITS = 5  # a week, on average
LEAST_CATEGORY = 20  # units a week that a category must sell to have a season of its own
EFFECTS = ("log_price_cut", "display", "mailer", "cut_a_week_ago", "cut_two_weeks_ago", "siblings_cut")


@dataclass(frozen=True)
class GroceryWeeks:
    """One row per item and week with a known price, weeks 2 to 51.

    Parameters
    ----------
    items
        Codes of the items, sorted.
    item, week
        Numbers from 0; ``item`` is a place in ``items``.
    sales
        Units.
    effects
        One column per ``EFFECTS``: minus the log of paid over base price; shares of sales in stores where the item
        was on display, in the mailer; the price cut of one and two weeks ago; the mean cut of other items of its kind.
    offset
        Log of season: that of all sales and that of its category.
    """

    items: np.ndarray
    item: np.ndarray
    week: np.ndarray
    sales: np.ndarray
    effects: np.ndarray
    offset: np.ndarray

    def uplift(self) -> Uplift:
        """Promotion's effects, all fitted at once."""
        return fit_uplift(self.sales, self.item, self.effects, self.offset)

    def uplift_by_depth(self, edges: np.ndarray) -> tuple[np.ndarray, Uplift]:
        """Mean price cut in each range of depths, and each one's uplift over no discount, the rest as in ``uplift``."""
        cut = self.effects[:, 0]
        bins = np.digitize(1 - np.exp(-cut), edges)
        dummies = np.column_stack([bins == k for k in range(1, len(edges) + 1)]).astype(float)
        means = np.array([cut[bins == k].mean() for k in range(1, len(edges) + 1)])
        return means, fit_uplift(self.sales, self.item, np.column_stack([dummies, self.effects[:, 1:]]), self.offset)

    def by_week(self, values: np.ndarray) -> np.ndarray:
        """``values`` of the rows as items × weeks, NaN where there is no row."""
        table = np.full((int(self.item.max()) + 1, WEEKS), np.nan)
        table[self.item, self.week] = values
        return table


def category_seasons(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Seasonal factors relative to all sales of each category with enough sales, and its units a year."""
    found = panel(connection, "week", "units", WEEKS, "(select category as item, week, units from sale)")
    of_all = common_factor(found.counts.sum(axis=0))
    large = found.where((found.counts.mean(axis=1) >= LEAST_CATEGORY) & (found.counts.min(axis=1) > 0))
    pairs = list(zip(large.items, large.counts, strict=True))
    return {name: season(row / of_all) for name, row in pairs}, {name: float(row.sum()) for name, row in pairs}


def grocery_weeks(connection: duckdb.DuckDBPyConnection, seasons: dict[str, np.ndarray]) -> GroceryWeeks:
    """Read the rows from the tables of ``sources.complete_journey``.

    Raises
    ------
    ValueError
        When no item sells nearly every week.
    """
    units = panel(connection, "week", "units", WEEKS)
    of_all = common_factor(units.counts.sum(axis=0))
    often = (units.counts > 0).sum(axis=1) >= WEEKS - MISSED
    units = units.where(often & (units.counts.mean(axis=1) >= LEAST_UNITS))
    if not len(units.items):
        raise ValueError(f"no item of The Complete Journey sells {LEAST_UNITS} units a week in {WEEKS - MISSED} weeks")
    kinds, categories = kinds_of(connection, units)
    cut = price_cuts(connection, units)
    shares = promoted_shares(connection, units)
    late = [np.pad(cut, ((0, 0), (lag, 0)), constant_values=np.nan)[:, :WEEKS] for lag in (1, 2)]
    effects = np.stack([cut, shares["displayed"], shares["mailed"], *late, siblings_cut(cut, kinds, units)], axis=-1)
    flat = np.ones(WEEKS)
    offset = np.log(np.array([of_all * seasons.get(name, flat) for name in categories]))
    item, week = np.nonzero(np.isfinite(effects).all(axis=-1))
    seen, number = np.unique(item, return_inverse=True)
    return GroceryWeeks(
        units.items[seen], number, week, units.counts[item, week], effects[item, week], offset[item, week]
    )


def kinds_of(connection: duckdb.DuckDBPyConnection, units: Panel) -> tuple[np.ndarray, list[str]]:
    """Number of each item's product type, and its category."""
    found = connection.execute("select item, min(kind), min(category) from sale group by item").fetchall()
    rows = {item: (kind, category) for item, kind, category in found}
    kinds = np.unique([rows[item][0] for item in units.items], return_inverse=True)[1]
    return kinds, [rows[item][1] for item in units.items]


def price_cuts(connection: duckdb.DuckDBPyConnection, units: Panel) -> np.ndarray:
    """Minus the log of paid over base price by item and week; NaN in a week without a sale."""
    paid = panel(connection, "week", "paid", WEEKS).where_items(units.items)
    base = panel(connection, "week", "base", WEEKS).where_items(units.items)
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = -np.log(paid / base)
    return np.where(np.isfinite(cut), np.maximum(cut, 0.0), np.nan)


def promoted_shares(connection: duckdb.DuckDBPyConnection, units: Panel) -> dict[str, np.ndarray]:
    """Share of the retailer's lines sold in the stores that had the item on display, and in the mailer."""
    connection.execute(
        "create or replace table weight as select store, count(*) / sum(count(*)) over () as share from sale group by 1"
    )
    table = "(select * from promotion join weight using (store))"
    return {
        flag: panel(connection, "week", f"if({flag}, share, 0)", WEEKS, table).where_items(units.items)
        for flag in ("displayed", "mailed")
    }


def siblings_cut(cut: np.ndarray, kinds: np.ndarray, units: Panel) -> np.ndarray:
    """Mean price cut of the other items of the same product type, weighted by their sales; 0 where there is none."""
    weight = units.counts.mean(axis=1)[:, None] * np.isfinite(cut)
    weighted = weight * np.nan_to_num(cut)
    groups = int(kinds.max()) + 1
    of_kind = np.zeros((groups, WEEKS))
    weight_of_kind = np.zeros((groups, WEEKS))
    np.add.at(of_kind, kinds, weighted)
    np.add.at(weight_of_kind, kinds, weight)
    others = weight_of_kind[kinds] - weight
    return np.where(others > 0, (of_kind[kinds] - weighted) / np.where(others > 0, others, 1.0), 0.0)
