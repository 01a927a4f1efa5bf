"""Demand of each warehouse until more of a SKU comes, on every path."""

import numpy as np
import polars as pl

from optimization.replenishment.clearance.demand_ahead import demand_ahead


def demand_until_more_comes(
    items: pl.DataFrame, quantiles: pl.DataFrame, weekly: pl.DataFrame, as_of_day: int, paths: int
) -> np.ndarray:
    """Units wanted from today until the day on which more comes.

    Parameters
    ----------
    items, quantiles, weekly, as_of_day, paths
        As for ``demand_ahead``, with ``days_until_more`` (int, ≥ 1) in ``items``.

    Returns
    -------
    np.ndarray
        float, shape (items, paths).
    """
    until = items["days_until_more"].to_numpy()
    if not until.size:
        return np.zeros((0, paths))
    daily = demand_ahead(items, quantiles, weekly, as_of_day, int(until.max()), paths)
    return np.where(np.arange(daily.shape[2]) < until[:, None, None], daily, 0).sum(axis=2, dtype=np.float64)
