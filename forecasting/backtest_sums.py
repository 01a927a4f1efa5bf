"""Forecasts of the past summed over categories and the whole, with quantiles of their own."""

from __future__ import annotations

import polars as pl

from forecasting.door import check_frame, check_unique
from forecasting.reconcile import TOTAL, aggregate
from forecasting.shared_error import shared_error
from forecasting.squared_change import squared_change
from forecasting.sum_quantiles import sum_quantiles


def backtest_sums(
    backtested: pl.DataFrame, history: pl.DataFrame, attributes: pl.DataFrame, paths: int = 200, seed: int = 0
) -> pl.DataFrame:
    """Sums of forecasts and of what came, over periods of series in stock.

    What errors have in common is learned anew for every origin, from the forecasts of earlier origins in the periods
    that were over by then and from nothing else (``shared_error``).

    Parameters
    ----------
    backtested
        As ``backtest`` returns it, with at least two quantiles.
    history
        ``unique_id``, ``ds``, ``y``: what the scale of sums is taken from, up to each cutoff.
    attributes
        ``unique_id`` and attributes (text); null belongs to no member.
    paths, seed
        As for ``sum_quantiles``.

    Returns
    -------
    pl.DataFrame
        ``level`` (str: the attribute, or ``total``), ``member`` (str), ``ds``, ``cutoff`` (date), ``step`` (int),
        ``scale`` (float, mean squared change of the sum from period to period before the cutoff), ``y``, ``y_hat``,
        ``q_<level>`` … (float), sorted by level, member, cutoff and period.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or as in ``sum_quantiles``.
    """
    check_frame(backtested, {"unique_id": "text", "ds": "date", "cutoff": "date"}, "backtest")
    check_frame(backtested, {"step": "integer", "y": "number", "in_stock": "bool"}, "backtest")
    check_unique(backtested, ["unique_id", "ds", "cutoff"], "backtest")
    seen = backtested.filter("in_stock")
    levels = [*(name for name in attributes.columns if name != "unique_id"), TOTAL]
    parts = []
    for (cutoff,), rows in seen.sort("cutoff").group_by("cutoff", maintain_order=True):
        known = seen.filter((pl.col("cutoff") < cutoff) & (pl.col("ds") <= cutoff))
        found = sum_quantiles(rows, attributes, shared_error(known, rows, attributes), paths, seed)
        came = rows.join(attributes, on="unique_id", how="left").with_columns(pl.lit(TOTAL).alias(TOTAL))
        came = came.select("unique_id", "ds", "step", "y", *levels).sort("unique_id", "ds")
        long = came.unpivot(levels, index=["ds", "step", "y"], variable_name="level", value_name="member")
        sums = long.drop_nulls("member").group_by("level", "member", "ds", "step", maintain_order=True)
        both = found.join(sums.agg(pl.col("y").sum()), on=["level", "member", "ds"])
        scales = _scales(history.filter(pl.col("ds") <= cutoff), attributes)
        parts.append(both.join(scales, on=["level", "member"], how="left").with_columns(cutoff=pl.lit(cutoff)))
    table = pl.concat(parts)
    head = ["level", "member", "ds", "cutoff", "step", "scale", "y", "y_hat"]
    return table.select(*head, pl.exclude(head)).sort("level", "member", "cutoff", "ds")


def _scales(history: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """What each sum changed from period to period: ``level``, ``member``, ``scale``."""
    known = history.select("unique_id", "ds", pl.col("y").cast(pl.Float64))
    node = pl.col("unique_id").str.splitn("=", 2).struct
    named = squared_change(aggregate(known, attributes).slice(known.height)).with_columns(
        level=node.field("field_0"), member=node.field("field_1").fill_null(TOTAL)
    )
    return named.drop("unique_id")
