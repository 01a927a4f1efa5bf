"""How often bulk orders come for each series, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

# A series' own size counts as much as that of all after so many of its orders, its own units per line after so many.
ORDERS_TO_TRUST, UNITS_TO_TRUST = 10, 20
# One tender of a hundred pallets is no sign of what a usual order takes: sizes above this level count as it.
LARGEST_LEVEL = 0.99
SIZES = 64


@dataclass(frozen=True)
class BulkOrders:
    """What is known of bulk orders.

    Parameters
    ----------
    of_series
        ``unique_id`` (str), ``orders_per_unit`` (float, bulk orders for each unit that is sold otherwise),
        ``units_per_order`` (float, base units).
    orders_per_unit, units_per_order
        The same of all series together, for those that have sold nothing yet. Zero where none was ever seen.
    sizes
        Evenly likely sizes of an order, relative to the series' mean; shape (sizes,), mean one.
    """

    of_series: pl.DataFrame
    orders_per_unit: float
    units_per_order: float
    sizes: np.ndarray


def bulk_orders(orders: pl.DataFrame, sales: pl.DataFrame) -> BulkOrders:
    """Learn rates and sizes of bulk orders from a stretch of the past.

    Orders of a series are taken to come at random, in proportion to the lines that others order of it, so they rise
    and fall with its forecast. Its own rate is drawn to that of all by what its count is worth: rates are
    gamma-distributed over series, their spread by the method of moments (Poisson-gamma empirical Bayes: Efron and
    Morris 1973; Carlin and Louis 2008, §2.3); together they expect of the stretch what came in it. Sizes have the same
    distribution everywhere but for their mean.

    Parameters
    ----------
    orders
        ``unique_id`` (text), ``qty`` (number, base units, above zero), one row per order of the stretch.
    sales
        ``unique_id`` (text), ``units`` (number, base units), ``lines`` (number), zero or more, one row per series: all
        that was asked for otherwise in the same stretch, and the order lines it was asked for in.

    Returns
    -------
    BulkOrders

    Raises
    ------
    ValueError
        When a column is missing or of another type, a series is named twice, or a quantity is out of its domain.
    """
    check_frame(orders, {"unique_id": "text", "qty": "number"}, "bulk orders")
    check_frame(sales, {"unique_id": "text", "units": "number", "lines": "number"}, "sales")
    check_unique(sales, ["unique_id"], "sales")
    refuse_rows(orders, ~(pl.col("qty") > 0), "qty", "must be above zero", "bulk orders")
    for column in ("units", "lines"):
        refuse_rows(sales, ~(pl.col(column) >= 0), column, "must be zero or more", "sales")
    if orders.is_empty():
        none = pl.DataFrame(
            schema={"unique_id": pl.String, "orders_per_unit": pl.Float64, "units_per_order": pl.Float64}
        )
        return BulkOrders(none, 0.0, 0.0, np.ones(SIZES))
    usual = orders.with_columns(
        pl.min_horizontal(pl.col("qty").cast(pl.Float64), pl.col("qty").quantile(LARGEST_LEVEL, "higher"))
    )
    of_series = usual.group_by("unique_id").agg(orders=pl.len(), qty=pl.col("qty").sum())
    known = (
        sales.join(of_series, on="unique_id", how="full", coalesce=True)
        .with_columns(pl.col("units", "lines", "orders", "qty").cast(pl.Float64).fill_null(0.0))
        .sort("unique_id")
    )
    size = usual["qty"].mean()
    # An order stands for a line and a unit at least, so goods that only companies buy have a rate too.
    count = known["orders"].to_numpy()
    units, lines = (known[name].to_numpy() + count for name in ("units", "lines"))
    in_units = (lines + UNITS_TO_TRUST * lines.sum() / units.sum()) / (units + UNITS_TO_TRUST)
    rates = _rates(lines, count) * in_units
    rates *= count.sum() / (rates * units).sum()
    of_series = known.select(
        "unique_id",
        orders_per_unit=pl.Series(rates),
        units_per_order=(pl.col("qty") + ORDERS_TO_TRUST * size) / (pl.col("orders") + ORDERS_TO_TRUST),
    )
    levels = (np.arange(SIZES) + 0.5) / SIZES
    sizes = np.quantile(usual["qty"].to_numpy(), levels)
    return BulkOrders(of_series, float(count.sum() / units.sum()), float(size), sizes / sizes.mean())


def _rates(lines: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Posterior mean of each series' orders per line; shape (series,)."""
    usual = count.sum() / lines.sum()
    expected = lines * usual
    beyond_chance = ((count - expected) ** 2 - expected).sum() / (expected**2).sum()
    if beyond_chance <= 0:
        return np.full(lines.size, usual)
    shape = 1 / beyond_chance
    return (count + shape) / (expected + shape) * usual
