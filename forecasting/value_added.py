"""Forecast value added: what every step and every planner is worth."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forecasting.door import check_frame
from forecasting.evaluate import evaluate


def value_added(forecasts: pl.DataFrame, by: list[str] | None = None, against: Sequence[str] = ()) -> pl.DataFrame:
    """Error of each step on the same periods, and how much it takes from that of the step before.

    A step that adds nothing over a naive forecast should go (Gilliland 2010, "The Business Forecasting Deal").

    Parameters
    ----------
    forecasts
        ``unique_id`` (text), ``ds`` (date), perhaps ``cutoff`` (date), ``y`` (number), and one column of forecasts
        (number) per step in their order, from the naive one to the one used: all columns but those named here,
        ``in_stock`` (bool; only periods in stock count) and those of ``by``.
    by
        Columns to report apart, such as the class of demand or the planner; none for one report.
    against
        Steps that every step is held against too, such as those that a planner would have anyway.

    Returns
    -------
    pl.DataFrame
        The columns of ``by``, then ``step`` (str), ``wape``, ``bias``, ``score`` (float: WAPE + |bias|),
        ``value_added`` (float: score of the step before less its own; null for the first), and ``against_<step>``
        (float: score of that step less its own) for each of ``against``, in the order of the steps. What the steps
        add sums up to what the last gains on the first.
        Shares are null where nothing was sold.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or there is no step.
    """
    by = by or []
    known = {"unique_id", "ds", "cutoff", "y", "in_stock", *by}
    steps = [name for name in forecasts.columns if name not in known]
    if not steps:
        raise ValueError(f"no column of forecasts among {forecasts.columns}")
    check_frame(forecasts, {"unique_id": "text", "ds": "date", **dict.fromkeys(["y", *steps], "number")}, "forecasts")
    parts = []
    for number, name in enumerate(steps):
        measured = evaluate(forecasts.drop(steps).with_columns(y_hat=forecasts[name]), by)
        parts.append(measured.select(*by, "wape", "bias", "score", step=pl.lit(name), number=pl.lit(number)))
    table = pl.concat(parts).sort(*by, "number")
    before = pl.col("score").shift().over(by) if by else pl.col("score").shift()
    gains = {"value_added": before - pl.col("score")}
    for name in against:
        of_that = pl.col("score").filter(pl.col("step") == name).first()
        gains[f"against_{name}"] = (of_that.over(by) if by else of_that) - pl.col("score")
    return table.with_columns(**gains).select(*by, "step", "wape", "bias", "score", *gains)
