"""Forecasts of past intervals from what was known then, beside the demand that came in them."""

from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from forecasting.backend import LOCAL, Backend
from forecasting.backtest import announced_plan
from forecasting.demand_over import demand_over
from forecasting.door import check_frame, check_unique, refuse_rows
from forecasting.fit import checked_history, fit
from forecasting.params import Params


def backtest_over(
    history: pl.DataFrame,
    asked: pl.DataFrame,
    origins: int,
    step: int,
    params: Params | None = None,
    levels: Iterable[float] = (0.5, 0.9, 0.95),
    items: pl.DataFrame | None = None,
    backend: Backend = LOCAL,
) -> pl.DataFrame:
    """Quantiles of demand over each series' interval from rolling origins, beside what then came.

    Parameters
    ----------
    history, items
        As for ``backtest``.
    asked
        ``unique_id`` (text, once each), ``periods`` (number, above zero, fractions allowed): the interval.
    origins, step
        Number of origins, and periods between two; the last one is the last period but one. An interval that is not
        over by the end of the history has no row.
    params, levels, backend
        As for ``backtest``.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``cutoff`` (date, the last period known), ``periods`` (float), ``y`` (float: demand that
        came; of a fraction of a period that fraction), ``in_stock`` (bool: of all its periods), ``y_hat`` (float),
        ``q_<level>`` (float) …, sorted by cutoff and series.

    Raises
    ------
    ValueError
        When ``origins`` or ``step`` is below 1, an interval is not above zero, or as in ``fit``.
    """
    for name, value in (("origins", origins), ("step", step)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, found {value!r}")
    check_frame(asked, {"unique_id": "text", "periods": "number"}, "asked")
    check_unique(asked, ["unique_id"], "asked")
    refuse_rows(asked, ~(pl.col("periods") > 0), "periods", "must be above zero", "asked")
    params, levels = params or Params(), list(levels)
    truth = checked_history(history, params)
    if not truth.height:
        raise ValueError("history is empty: there is nothing to look back on")
    first, last = truth["ds"].min(), truth["ds"].max()
    every = [last - timedelta(days=params.period_days * (1 + back * step)) for back in range(origins)][::-1]
    cutoffs = [cutoff for cutoff in every if cutoff >= first]
    parts = backend.map(intervals_from, cutoffs, truth, asked, levels, params, items)
    return pl.concat(parts).sort("cutoff", "unique_id")


def intervals_from(
    cutoff: date,
    truth: pl.DataFrame,
    asked: pl.DataFrame,
    levels: list[float],
    params: Params,
    items: pl.DataFrame | None,
) -> pl.DataFrame:
    """One origin of ``backtest_over``."""
    ahead = truth.filter(pl.col("ds") > cutoff)
    over = asked.filter(pl.col("periods") <= ahead["ds"].n_unique())
    model = fit(truth.filter(pl.col("ds") <= cutoff), params, items)
    planned = announced_plan(ahead, cutoff + timedelta(days=params.period_days - 1))
    forecast = demand_over(model, over.select("unique_id", "periods"), levels, planned).drop_nulls("y_hat")
    came = _came(ahead, over, cutoff, params.period_days)
    found = forecast.join(came, on="unique_id").with_columns(cutoff=pl.lit(cutoff, dtype=pl.Date))
    head = ["unique_id", "cutoff", "periods", "y", "in_stock", "y_hat"]
    return found.select(*head, pl.exclude(head))


def _came(ahead: pl.DataFrame, over: pl.DataFrame, cutoff: date, period_days: int) -> pl.DataFrame:
    """Demand of each interval, and whether nothing was out of stock in it."""
    number = (pl.col("ds") - pl.lit(cutoff, dtype=pl.Date)).dt.total_days() / period_days
    part = (pl.col("periods") - (number - 1)).clip(0, 1)
    inside = ahead.join(over, on="unique_id").with_columns(part=part).filter(pl.col("part") > 0)
    complete = inside.group_by("unique_id").agg(
        y=(pl.col("y") * pl.col("part")).sum(), in_stock=pl.col("in_stock").all(), seen=pl.len(),
        wanted=(pl.col("periods").first() - 1e-9).ceil(),
    )  # fmt: skip
    return complete.filter(pl.col("seen") >= pl.col("wanted")).select("unique_id", "y", "in_stock")
