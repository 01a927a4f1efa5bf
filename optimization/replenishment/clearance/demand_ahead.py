"""Futures of demand as long as clearing takes, from the quantiles of the protection interval."""

import numpy as np
import polars as pl

from optimization.replenishment.demand_paths import daily_means, ranks
from optimization.replenishment.problem import KEY


def demand_ahead(
    items: pl.DataFrame, quantiles: pl.DataFrame, weekly: pl.DataFrame, as_of_day: int, days: int, paths: int
) -> np.ndarray:
    """Demand of every item on every path and day.

    Over the protection interval the paths spread as the forecast's quantiles do. Of that spread, what chance alone
    would make (a Poisson variance) evens out over more days; the rest is error of the level and is taken to last, or
    a plan would clear goods that sell after all. Where no forecast is known, the mean of the last weeks goes on.
    Goods that have not sold for n days sell half a unit in n days: no sale is no proof that there will be none.

    Parameters
    ----------
    items
        ``sku_id``, ``location_id``, ``lead_time_days``, ``review_days``, ``demand_mean`` (over both, null: no
        forecast), ``daily_demand_qty`` (number: of the last weeks), ``days_without_sale`` (int, null: never sold nor
        counted).
    quantiles
        ``sku_id``, ``location_id``, ``interval``, ``level``, ``quantity``; rows of ``protection`` count.
    weekly
        ``sku_id``, ``location_id``, ``week_start`` (date), ``y_hat``.
    as_of_day
        Days from 1970-01-01 to the first day.
    days, paths
        Size of the result.

    Returns
    -------
    np.ndarray
        float32, shape (items, paths, days).
    """
    span = pl.col("lead_time_days").cast(pl.Float64) + pl.col("review_days").cast(pl.Float64)
    daily = daily_means(
        items.with_columns(pl.col("demand_mean").cast(pl.Float64).fill_null(pl.col("daily_demand_qty") * span)),
        weekly,
        as_of_day,
        days,
    )
    least = 0.5 / items["days_without_sale"].cast(pl.Float64).fill_null(days).clip(lower_bound=1).to_numpy()
    daily = np.maximum(daily, least[:, None])
    return (daily[:, None, :] * _levels(items, quantiles, daily.sum(axis=1), paths)[:, :, None]).astype(np.float32)


def _levels(items: pl.DataFrame, quantiles: pl.DataFrame, total: np.ndarray, paths: int) -> np.ndarray:
    """Demand of each path over its mean, for sums as large as ``total``; shape (items, paths), 1 where unknown."""
    curves = (
        quantiles.filter(pl.col("interval") == "protection")
        .drop_nulls("quantity")
        .sort("level")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("level").cast(pl.Float64), pl.col("quantity").cast(pl.Float64))
    )
    joined = items.select(KEY).join(curves, on=KEY, how="left", maintain_order="left")
    levels, asked = np.ones((items.height, paths)), ranks(paths)
    for row, (level, quantity) in enumerate(joined.select("level", "quantity").iter_rows()):
        drawn = np.zeros(paths) if quantity is None else np.interp(asked, level, quantity)
        mean = drawn.mean()
        if drawn.std() > 0:
            chance, spread = 1 / mean, (drawn.std() / mean) ** 2
            lasting = max(spread - chance, 0.0) + 1 / max(total[row], 1e-9)
            found = np.maximum(1 + (drawn / mean - 1) * min(np.sqrt(lasting / spread), 1.0), 0.0)
            levels[row] = found / found.mean()
    return levels
