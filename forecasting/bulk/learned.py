"""How often bulk orders come for each series, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

# A series' own size counts as much as that of all after so many of its orders, its own units per line after so many.
ORDERS_TO_TRUST, UNITS_TO_TRUST = 3, 20
# One tender of a hundred pallets is no sign of what a usual order takes: sizes above this level, in lines of others'
# orders, count as it.
LARGEST_LEVEL = 0.99
SIZES = 64


@dataclass(frozen=True)
class BulkOrders:
    """What is known of bulk orders.

    Parameters
    ----------
    of_series
        ``unique_id`` (str), ``orders_per_unit`` (float, bulk orders for each unit that is sold otherwise),
        ``orders_per_period`` (float, of what only companies buy; zero for all else), ``units_per_order`` (float, base
        units).
    orders_per_unit, units_per_order
        The same of all series together, for those that have sold nothing yet. Zero where none was ever seen.
    sizes
        Evenly likely sizes of an order, relative to the series' mean; shape (sizes,), mean one.
    """

    of_series: pl.DataFrame
    orders_per_unit: float
    units_per_order: float
    sizes: np.ndarray


def bulk_orders(orders: pl.DataFrame, sales: pl.DataFrame, periods: float) -> BulkOrders:
    """Learn rates and sizes of bulk orders from a stretch of the past.

    Orders of a series are taken to come at random, in proportion to the lines that others order of it, so they rise
    and fall with its forecast. Its own rate is drawn to that of all by what its count is worth: rates are
    gamma-distributed over series, their spread by the method of moments (Poisson-gamma empirical Bayes: Efron and
    Morris 1973; Carlin and Louis 2008, §2.3); together they expect of the stretch what came in it. A series' mean
    size is drawn to what others' orders of so many usual lines would be, so that televisions are not taken for screws;
    around it sizes have the same distribution everywhere. What nobody else bought in the stretch has nothing that its
    orders could follow: they come as often as they came.

    Parameters
    ----------
    orders
        ``unique_id`` (text), ``qty`` (number, base units, above zero), one row per order of the stretch.
    sales
        ``unique_id`` (text), ``units`` (number, base units), ``lines`` (number), zero or more, one row per series: all
        that was asked for otherwise in the same stretch, and the order lines it was asked for in.
    periods
        Length of the stretch, above zero (in periods of the forecast).

    Returns
    -------
    BulkOrders

    Raises
    ------
    ValueError
        When a column is missing or of another type, a series is named twice, or a quantity or the length is out of its
        domain.
    """
    check_frame(orders, {"unique_id": "text", "qty": "number"}, "bulk orders")
    check_frame(sales, {"unique_id": "text", "units": "number", "lines": "number"}, "sales")
    check_unique(sales, ["unique_id"], "sales")
    refuse_rows(orders, ~(pl.col("qty") > 0), "qty", "must be above zero", "bulk orders")
    for column in ("units", "lines"):
        refuse_rows(sales, ~(pl.col(column) >= 0), column, "must be zero or more", "sales")
    if not periods > 0:
        raise ValueError(f"periods must be above zero, found {periods!r}")
    if orders.is_empty():
        numbers = ("orders_per_unit", "orders_per_period", "units_per_order")
        none = pl.DataFrame(schema={"unique_id": pl.String, **dict.fromkeys(numbers, pl.Float64)})
        return BulkOrders(none, 0.0, 0.0, np.ones(SIZES))
    counted = orders.group_by("unique_id").agg(orders=pl.len())
    known = (
        sales.join(counted, on="unique_id", how="full", coalesce=True)
        .with_columns(pl.col("units", "lines", "orders").cast(pl.Float64).fill_null(0.0))
        .sort("unique_id")
    )
    sold, count = known["units"].to_numpy(), known["orders"].to_numpy()
    # An order stands for a line and a unit at least, so no rate is endless.
    units, lines = sold + count, known["lines"].to_numpy() + count
    per_unit = (lines + UNITS_TO_TRUST * lines.sum() / units.sum()) / (units + UNITS_TO_TRUST)
    alone = (sold == 0) & (count > 0)
    rates = np.where(alone, 0.0, _rates(lines, np.where(alone, 0.0, count), ~alone) * per_unit)
    expected = (rates * sold).sum()
    rates *= count[~alone].sum() / expected if expected > 0 else 1.0
    sizes, relative = _sizes(orders, known.select("unique_id", line=pl.Series(1 / per_unit)))
    per_period = np.where(alone, count / periods, 0.0)
    of_series = known.select(
        "unique_id", orders_per_unit=pl.Series(rates), orders_per_period=pl.Series(per_period)
    ).join(sizes, on="unique_id")  # fmt: skip
    mean = float(
        sizes.join(counted, on="unique_id").select(pl.col("units_per_order").dot("orders")).item() / count.sum()
    )
    others = units[~alone].sum()
    return BulkOrders(of_series.sort("unique_id"), count[~alone].sum() / others if others else 0.0, mean, relative)


def _sizes(orders: pl.DataFrame, per_line: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
    """``unique_id`` and ``units_per_order`` of every series of ``per_line``; sizes relative to their series' mean."""
    in_lines = orders.join(per_line, on="unique_id").with_columns(lines=pl.col("qty") / pl.col("line"))
    usual = in_lines.with_columns(pl.min_horizontal("lines", pl.col("lines").quantile(LARGEST_LEVEL, "higher")))
    usual = usual.with_columns(qty=pl.col("lines") * pl.col("line"))
    own = usual.group_by("unique_id").agg(orders=pl.len(), qty=pl.col("qty").sum())
    joined = per_line.join(own, on="unique_id", how="left", maintain_order="left").with_columns(
        pl.col("orders", "qty").fill_null(0)
    )
    like_others = ORDERS_TO_TRUST * pl.col("line") * usual["lines"].mean()
    sized = joined.with_columns(
        units_per_order=(pl.col("qty") + like_others) / (pl.col("orders") + ORDERS_TO_TRUST)
    ).with_columns(pl.col("units_per_order") * pl.col("qty").sum() / pl.col("units_per_order").dot("orders"))
    of_each = usual.join(sized.select("unique_id", "units_per_order"), on="unique_id")
    levels = (np.arange(SIZES) + 0.5) / SIZES
    relative = np.quantile((of_each["qty"] / of_each["units_per_order"]).to_numpy(), levels)
    return sized.select("unique_id", "units_per_order"), relative / relative.mean()


def _rates(lines: np.ndarray, count: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Posterior mean of each series' orders per line, learned of some of them; shape (series,)."""
    if not count[of].any():
        return np.zeros(lines.size)
    usual = count[of].sum() / lines[of].sum()
    expected = lines * usual
    beyond_chance = ((count - expected) ** 2 - expected)[of].sum() / (expected[of] ** 2).sum()
    if beyond_chance <= 0:
        return np.full(lines.size, usual)
    shape = 1 / beyond_chance
    return (count + shape) / (expected + shape) * usual
