"""Demand with the bulk orders that may come on top of it."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.bulk.compound import some_orders
from forecasting.bulk.learned import BulkOrders
from forecasting.door import check_frame

FORECAST = {"unique_id": "text", "periods": "number", "y_hat": "number?"}
# Levels of what is demanded otherwise, evenly spaced; of what is ordered in bulk where anything is, denser towards the
# top: there it decides how much a sure service needs.
LEVELS, SOME = 64, 16
EDGES = 1 - (1 - np.arange(SOME + 1) / SOME) ** 2
ROWS_AT_ONCE = 2_048
# An order that comes in fewer intervals than this moves no quantile that is asked for.
RAREST = 1e-3


def bulk_units(forecast: pl.DataFrame, bulk: BulkOrders) -> pl.Series:
    """Units expected in bulk beside each row of a forecast.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``periods`` (number, zero or more: what of it each row is of), ``y_hat`` (number, base
        units; null is nothing known).
    bulk
        What was learned of bulk orders.

    Returns
    -------
    pl.Series
        Float, base units, in the rows' order; null where ``y_hat`` is.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(forecast, FORECAST, "forecast")
    orders, size = _expected(forecast, bulk)
    return pl.Series("bulk", orders * size).fill_nan(None)


def plus_bulk_over(sums: pl.DataFrame, bulk: BulkOrders) -> pl.DataFrame:
    """The sums of ``demand_over`` with the bulk orders that fall into each interval.

    Orders are compound Poisson: their count by the units expected otherwise, or by the length of the interval where
    only companies buy, their sizes as learned, independent of the rest. The quantiles of both together are found on
    grids of levels; what the grids themselves get wrong is taken off, so that where no order comes nothing moves.

    Parameters
    ----------
    sums
        ``unique_id`` (text), ``periods`` (number, zero or more), ``y_hat`` and ``q_<level>`` (number; null is nothing
        known) and other columns.
    bulk
        What was learned of bulk orders.

    Returns
    -------
    pl.DataFrame
        The sums, rows and columns in their order; quantiles whole where they were, rising with their level.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(sums, FORECAST, "sums")
    names = sorted((name for name in sums.columns if name.startswith("q_")), key=lambda name: float(name[2:]))
    orders, size = _expected(sums, bulk)
    table = sums.select(pl.col(names).cast(pl.Float64)).to_numpy().copy()
    touched = np.flatnonzero((orders >= RAREST) & np.isfinite(table).all(axis=1)) if names else np.zeros(0, int)
    levels = np.array([float(name[2:]) for name in names])
    whole = (table == np.rint(table)).all(axis=1)[:, None]
    for begin in range(0, touched.size, ROWS_AT_ONCE):
        rows = touched[begin : begin + ROWS_AT_ONCE]
        added = _added(table[rows], levels, orders[rows], size[rows], bulk.sizes)
        table[rows] += np.where(whole[rows], np.rint(added), added)
    table[touched] = np.maximum.accumulate(table[touched], axis=1)
    mean = sums["y_hat"].cast(pl.Float64) + pl.Series(orders * size).fill_nan(None)
    quantiles = [pl.Series(name, table[:, k]).fill_nan(None) for k, name in enumerate(names)]
    return sums.with_columns(mean.alias("y_hat"), *quantiles)


def _expected(forecast: pl.DataFrame, bulk: BulkOrders) -> tuple[np.ndarray, np.ndarray]:
    """Orders expected beside each row, and their mean size; NaN where nothing is known."""
    joined = forecast.select("unique_id", pl.col("periods", "y_hat").cast(pl.Float64)).join(
        bulk.of_series, on="unique_id", how="left", maintain_order="left"
    )
    rate = joined["orders_per_unit"].fill_null(bulk.orders_per_unit)
    size = joined["units_per_order"].fill_null(bulk.units_per_order)
    alone = joined["periods"] * joined["orders_per_period"].fill_null(0.0)
    return (joined["y_hat"] * rate + alone).to_numpy().astype(float), size.to_numpy().astype(float)


def _added(
    table: np.ndarray, levels: np.ndarray, orders: np.ndarray, size: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """What bulk orders add to each quantile, zero or more; shape (rows, levels)."""
    at = (np.arange(LEVELS) + 0.5) / LEVELS
    otherwise = np.stack([np.interp(at, levels, row) for row in table])
    some = some_orders(sizes, orders, (EDGES[1:] + EDGES[:-1]) / 2) * size[:, None]
    none_share = np.exp(-orders)
    ordered = np.concatenate([np.zeros((len(orders), 1)), some], axis=1)
    share = np.concatenate([none_share[:, None], np.outer(1 - none_share, np.diff(EDGES))], axis=1)
    both = (otherwise[:, :, None] + ordered[:, None, :]).reshape(len(orders), -1)
    weight = np.broadcast_to(share[:, None, :] / LEVELS, (len(orders), LEVELS, SOME + 1)).reshape(len(orders), -1)
    alone = np.full((len(orders), LEVELS), 1 / LEVELS)
    return np.maximum(_quantiles(both, weight, levels) - _quantiles(otherwise, alone, levels), 0.0)


def _quantiles(values: np.ndarray, weights: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles of weighted values, row by row, straight lines between the middles of their weights."""
    order = np.argsort(values, axis=1, kind="stable")
    values, weights = np.take_along_axis(values, order, axis=1), np.take_along_axis(weights, order, axis=1)
    middle = np.cumsum(weights, axis=1) - weights / 2
    return np.stack([np.interp(levels, at, value) for at, value in zip(middle, values, strict=True)])
