"""Long frames as arrays: series by period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from forecasting.boosted.seasons import Seasons
from forecasting.calendar_events import CALENDARS, seen_festivals

FESTIVALS_SEEN = 2
# A new average weighs its newest value by at least this while it stands in for stocked-out periods.
FILLING = 0.15
# A demand beyond this many times what is usual is a bulk order or a slip of the keyboard: it teaches as if it
# were just that many times. Usual is the series' nine largest in ten, or the hundredth largest of all series'.
EXTREME = 10


@dataclass(frozen=True)
class Group:
    """The series that share a value of one attribute.

    Parameters
    ----------
    name
        The attribute.
    codes
        Number of each series' group; shape (series,).
    demand
        Demand of each group; shape (groups, periods).
    drivers
        Mean of each driver over the group; shape (groups, drivers, periods and those ahead).
    """

    name: str
    codes: np.ndarray
    demand: np.ndarray
    drivers: np.ndarray


@dataclass(frozen=True)
class Panel:
    """Histories of many series on one calendar, all reaching its last period.

    Parameters
    ----------
    ids
        ``unique_id`` of each series, sorted; shape (series,).
    first
        First period.
    period_days
        Length of a period (in days).
    seasons
        The lengths that features look back.
    sales
        Shape (series, periods), float32; NaN where not known; extreme values lowered.
    observed
        True where the value is known and was in stock: only these teach.
    demand
        ``sales`` with unobserved periods raised to the average of the observed ones before; zero before a
        series begins.
    start
        First period of each series.
    driver_names, drivers
        What is planned ahead (price, promotion); shape (series, drivers, periods and those ahead), NaN where
        not known.
    known
        The period at whose end each value of ``drivers`` was known; same shape, int32; -1 for always. None where
        all are.
    groups
        One per attribute of the items, and one of all series.
    unit
        Median of the series' mean demand: what "much" and "little" are measured against.
    calendar
        One of ``CALENDARS``; empty as well while the history has not seen events twice (``taught_events``).
    """

    ids: np.ndarray
    first: date
    period_days: int
    seasons: Seasons
    sales: np.ndarray
    observed: np.ndarray
    demand: np.ndarray
    start: np.ndarray
    driver_names: tuple[str, ...]
    drivers: np.ndarray
    known: np.ndarray | None
    groups: tuple[Group, ...]
    unit: float
    calendar: str = CALENDARS[0]

    @property
    def periods(self) -> int:
        """Periods of history."""
        return self.sales.shape[1]


def read_panel(
    history: pl.DataFrame, items: pl.DataFrame | None, seasons: Seasons, period_days: int, calendar: str = CALENDARS[0]
) -> Panel:
    """Arrays of a checked history.

    Parameters
    ----------
    history
        ``unique_id``, ``ds``, ``y``, ``in_stock``, drivers ``x_…`` (float) and perhaps when they became known,
        ``known_x_…`` (date), without gaps, as ``checked_history`` gives it. Every series must reach the last
        period.
    items
        ``unique_id`` and attributes (text); None for none. An attribute that tells apart more than half of
        the series, or none, groups nothing and is left out.
    seasons, period_days
        Lengths to look back and of a period.
    calendar
        One of ``CALENDARS``.

    Returns
    -------
    Panel
    """
    ids, row = np.unique(history["unique_id"].to_numpy().astype(str), return_inverse=True)
    first = history["ds"].min()
    period = ((history["ds"] - first).dt.total_days() // period_days).to_numpy()
    shape = (ids.size, int(period.max()) + 1)
    sales, observed = np.full(shape, np.nan, np.float32), np.zeros(shape, bool)
    sales[row, period] = history["y"].to_numpy()
    sales = np.minimum(sales, extreme_bounds(sales)[:, None])
    observed[row, period] = history["in_stock"].to_numpy()
    start = np.argmax(np.isfinite(sales), axis=1)
    names = tuple(sorted(name for name in history.columns if name.startswith("x_")))
    drivers = np.full((ids.size, len(names), shape[1]), np.nan, np.float32)
    for number, name in enumerate(names):
        drivers[row, number, period] = history[name].to_numpy()
    demand = filled_demand(sales, observed, start)
    codes = attribute_codes(ids, items)
    return Panel(
        ids=ids,
        first=first,
        period_days=period_days,
        seasons=seasons,
        sales=sales,
        observed=observed,
        demand=demand,
        start=start,
        driver_names=names,
        drivers=drivers,
        known=known_at_end_of(history, row, period, names, first, period_days),
        groups=tuple(grouped(name, code, demand, drivers) for name, code in codes.items()),
        unit=float(np.median(demand.sum(1, dtype=float) / (shape[1] - start))) or 1.0,
        calendar=calendar if taught_events(calendar, first, shape[1], seasons, period_days) else CALENDARS[0],
    )


def taught_events(calendar: str, first: date, periods: int, seasons: Seasons, period_days: int) -> bool:
    """Whether a history tells events from the time of the year: only what moved between two times can.

    Within one year the days to an event are just a clock, and one festival cannot be told from its weeks: with two seen
    three validation worlds won .07 around the third and lost nothing elsewhere (docs/benchmarks.md).
    """
    if periods < seasons.year + seasons.long:
        return False
    last = first + timedelta(days=periods * period_days - 1)
    return seen_festivals(calendar, first, last) >= FESTIVALS_SEEN


def known_at_end_of(
    history: pl.DataFrame, row: np.ndarray, period: np.ndarray, names: tuple[str, ...], first: date, period_days: int
) -> np.ndarray | None:
    """The period at whose end each driver was known (``Panel.known``)."""
    if not any(f"known_{name}" in history.columns for name in names):
        return None
    known = np.full((row.max() + 1, len(names), int(period.max()) + 1), -1, np.int32)
    for number, name in enumerate(names):
        if f"known_{name}" in history.columns:
            days = (history[f"known_{name}"] - first).dt.total_days()
            known[row, number, period] = (days // period_days).fill_null(-1).clip(-1).to_numpy()
    return known


def extreme_bounds(sales: np.ndarray) -> np.ndarray:
    """The most that one period of each series counts for; shape (series,)."""
    sold = np.where(sales > 0, sales, np.nan)
    if not np.isfinite(sold).any():
        return np.full(len(sales), np.inf)
    ordered, count = np.sort(sold, axis=1), np.isfinite(sold).sum(1)
    own = ordered[np.arange(len(sales)), np.maximum((0.9 * (count - 1)).astype(int), 0)]
    own = np.where(count > 1, own, 0.0)
    everywhere = np.nanquantile(sold, 0.99, method="lower")
    return EXTREME * np.maximum(own, everywhere)


def filled_demand(sales: np.ndarray, observed: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Sales, raised in unobserved periods to an exponential average of the observed ones before them."""
    demand = np.nan_to_num(sales)
    level, seen = np.zeros(len(sales)), np.zeros(len(sales))
    for period in range(sales.shape[1]):
        known = observed[:, period]
        raised = np.maximum(demand[:, period], level)
        demand[:, period] = np.where(~known & (period >= start), raised, demand[:, period])
        weight = np.where(known, np.maximum(FILLING, 1 / (seen + 1)), 0.0)
        level += weight * (demand[:, period] - level)
        seen += known
    return demand


def attribute_codes(ids: np.ndarray, items: pl.DataFrame | None) -> dict[str, np.ndarray]:
    """Group number of every series by attribute, ``all`` last."""
    codes = {}
    if items is not None:
        known = pl.DataFrame({"unique_id": ids}).join(items, on="unique_id", how="left", maintain_order="left")
        for name in sorted(set(items.columns) - {"unique_id"}):
            values, code = np.unique(known[name].fill_null("").to_numpy().astype(str), return_inverse=True)
            if 2 <= values.size <= ids.size / 2:
                codes[name] = code
    return codes | {"all": np.zeros(ids.size, int)}


def grouped(name: str, codes: np.ndarray, demand: np.ndarray, drivers: np.ndarray) -> Group:
    """Demand of the groups, and the mean of their drivers where known (zero where none is)."""
    sums, counts = (summed(codes, each) for each in (np.nan_to_num(drivers), np.isfinite(drivers)))
    return Group(name, codes, summed(codes, demand), (sums / np.maximum(counts, 1)).astype(np.float32))


def summed(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums over the series of each group, one series after the other; shape (groups, …)."""
    groups, size = int(codes.max()) + 1, int(np.prod(values.shape[1:]))
    place = codes[:, None] * size + np.arange(size)
    found = np.bincount(place.ravel(), values.ravel(), groups * size)
    return found.reshape(groups, *values.shape[1:])


def with_planned(panel: Panel, planned: np.ndarray) -> Panel:
    """The panel with drivers of the periods ahead; shape of ``planned``: (series, drivers, periods ahead)."""
    drivers = np.concatenate([panel.drivers[:, :, : panel.periods], planned.astype(np.float32)], axis=2)
    known = panel.known
    if known is not None:
        always = np.full(planned.shape, -1, np.int32)
        known = np.concatenate([known[:, :, : panel.periods], always], axis=2)
    groups = tuple(grouped(group.name, group.codes, panel.demand, drivers) for group in panel.groups)
    return replace(panel, drivers=drivers, known=known, groups=groups)


def announced(panel: Panel, driver: int, origin: int, target: int) -> np.ndarray:
    """A driver's values in a period as they were known at the end of another; 0 where nothing was yet."""
    values = panel.drivers[:, driver, target]
    return values if panel.known is None else np.where(panel.known[:, driver, target] <= origin, values, 0)


def announced_means(panel: Panel, group: Group, driver: int, origin: int, target: int) -> np.ndarray:
    """The same as means of each group; shape (groups,)."""
    if panel.known is None or target <= origin:
        return group.drivers[:, driver, target]
    values = announced(panel, driver, origin, target)
    seen = np.isfinite(values)
    count = np.bincount(group.codes[seen], minlength=len(group.drivers))
    return np.bincount(group.codes[seen], values[seen], len(group.drivers)) / np.maximum(count, 1)
