"""Futures of demand, day by day, whose sums over the intervals of an order are the forecast's quantiles."""

import numpy as np
import polars as pl

from optimization.replenishment.problem import KEY

# A few items at a time stay in the cache: all at once wait for memory, three times as long.
ITEMS_AT_ONCE = 32


def ranks(paths: int) -> np.ndarray:
    """Evenly spaced levels, one per path; shape (paths,), rising."""
    return (np.arange(paths) + 0.5) / paths


def demand_paths(
    items: pl.DataFrame, quantiles: pl.DataFrame, daily_mean: np.ndarray, paths: int, longest: np.ndarray | None = None
) -> np.ndarray:
    """Demand of every item on every path and day.

    Path k takes the quantile at level (k + ½) / paths of demand over the lead time, and over lead time and
    review: both at once, so the sum that an order must cover has exactly the forecast's distribution. Within an
    interval the days share the sum as the expected demand does. Beyond it every path has the expected demand,
    for an error of the level persists little (the paths of ``forecasting.sample_paths`` show how much). Where a slower
    supplier is compared, the spread grows with the root of days up to his interval's end (Silver, Pyke and Thomas 2017,
    §6.7): else what his orders must cover would seem surer than what a quick one's must.

    Parameters
    ----------
    items
        ``sku_id``, ``location_id``, ``lead_time_days``, ``review_days``.
    quantiles
        As ``Problem.demand``; every item has both intervals.
    daily_mean
        Shape (items, days): expected demand.
    paths
        Number of paths.
    longest
        Shape (items,): days from today to the end of the longest interval that is looked at; None: the items' own.

    Returns
    -------
    np.ndarray
        float32, shape (items, paths, days).
    """
    lead_time, protection = (_sums(items, quantiles, interval, paths) for interval in ("lead_time", "protection"))
    protection = np.maximum(protection, lead_time)
    lead = items["lead_time_days"].cast(pl.Float64).to_numpy()
    end = lead + items["review_days"].cast(pl.Float64).to_numpy()
    # A trickle keeps the shape where nothing is expected.
    expected = np.cumsum(daily_mean + 1e-9, axis=1)
    expected = np.hstack([np.zeros((items.height, 1)), expected])
    at_lead, at_end = _at(expected, lead), _at(expected, end)
    before = np.minimum(expected, at_lead[:, None]) / np.where(at_lead > 0, at_lead, 1.0)[:, None]
    between = (expected - at_lead[:, None]).clip(0) / np.maximum(at_end - at_lead, 1e-12)[:, None]
    beyond = (expected - at_end[:, None]).clip(0)
    # A lead time of no days has no demand of its own.
    first = np.where((lead > 0)[:, None], lead_time, 0.0)
    parts = tuple(np.diff(each, axis=1) for each in (before, between.clip(max=1.0), beyond))
    root = None if longest is None else _growth(expected.shape[1], end, longest)
    demand = np.empty((items.height, paths, daily_mean.shape[1]), dtype=np.float32)
    for begin in range(0, items.height, ITEMS_AT_ONCE):
        some = slice(begin, begin + ITEMS_AT_ONCE)
        found = first[some, :, None] * parts[0][some, None, :]
        found += (protection - first)[some, :, None] * parts[1][some, None, :]
        found += parts[2][some, None, :]
        if root is not None:
            deviation = (protection - at_end[:, None])[some]
            found = np.maximum(found + deviation[:, :, None] * root[some, None, :], 0.0)
        demand[some] = found
    return demand


def _growth(days: int, end: np.ndarray, longest: np.ndarray) -> np.ndarray:
    """What the deviation of a path adds on each day, growing by the root of days from one interval's end to another's.

    Shape (items, days − 1).
    """
    root = np.sqrt(
        np.clip(np.arange(days), end[:, None], np.maximum(longest, end)[:, None]) / np.maximum(end, 1e-9)[:, None]
    )
    return np.diff(root, axis=1)


def daily_means(items: pl.DataFrame, weekly: pl.DataFrame, as_of_day: int, days: int) -> np.ndarray:
    """Expected demand of each day: the forecast of its week, the last one for whatever lies beyond.

    Parameters
    ----------
    items
        ``sku_id``, ``location_id``, ``demand_mean``, ``lead_time_days``, ``review_days``; where no week is known,
        the mean over the protection interval serves.
    weekly
        ``sku_id``, ``location_id``, ``week_start`` (date), ``y_hat``.
    as_of_day
        Days from 1970-01-01 to the first day.
    days
        Days ahead.

    Returns
    -------
    np.ndarray
        Shape (items, days), zero or more.
    """
    span = items["lead_time_days"].cast(pl.Float64) + items["review_days"].cast(pl.Float64)
    found = np.repeat((items["demand_mean"].cast(pl.Float64) / span).to_numpy()[:, None], days, axis=1)
    rows = items.select(KEY).with_row_index("item")
    known = weekly.join(rows, on=KEY).with_columns(
        first=pl.col("week_start").cast(pl.Int32) - as_of_day, daily=pl.col("y_hat").cast(pl.Float64).clip(0) / 7
    )
    for first, daily, item in known.sort("item", "first").select("first", "daily", "item").iter_rows():
        # Later weeks overwrite: the last one stands for what lies beyond.
        if first < days and first + 7 > 0:
            found[item, max(first, 0) :] = daily
    return found


def _sums(items: pl.DataFrame, quantiles: pl.DataFrame, interval: str, paths: int) -> np.ndarray:
    """Quantiles of an interval's demand at the paths' levels; shape (items, paths)."""
    curves = (
        quantiles.filter(pl.col("interval") == interval)
        .drop_nulls("quantity")
        .sort("level")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("level").cast(pl.Float64), pl.col("quantity").cast(pl.Float64))
    )
    joined = items.select(KEY).join(curves, on=KEY, how="left", maintain_order="left")
    asked, found = ranks(paths), np.empty((items.height, paths))
    for row, (levels, quantities) in enumerate(joined.select("level", "quantity").iter_rows()):
        found[row] = np.interp(asked, levels, quantities)
    return found


def _at(cumulated: np.ndarray, when: np.ndarray) -> np.ndarray:
    """Cumulated demand at a moment of each row, linear within a day; shape (items,)."""
    rows, day = np.arange(len(cumulated)), np.minimum(when.astype(np.int64), cumulated.shape[1] - 2)
    share = np.minimum(when - day, 1.0)
    return cumulated[rows, day] + share * (cumulated[rows, day + 1] - cumulated[rows, day])
