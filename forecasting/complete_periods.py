"""Histories without gaps."""

from __future__ import annotations

import polars as pl

from forecasting.door import check_frame


def complete_periods(history: pl.DataFrame, period_days: int) -> pl.DataFrame:
    """Insert a row that was not observed wherever a series lacks a period, up to the last period of all.

    Parameters
    ----------
    history
        ``unique_id`` (text), ``ds`` (date), ``y`` (number) and other columns.
    period_days
        Length of a period (in days).

    Returns
    -------
    pl.DataFrame
        The rows given and those inserted, whose other columns are null, sorted by series and period.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(history, {"unique_id": "text", "ds": "date", "y": "number?"}, "history")
    last, step = history["ds"].max(), f"{period_days}d"
    grid = history.group_by("unique_id").agg(ds=pl.date_ranges(pl.col("ds").min(), pl.lit(last), interval=step).first())
    return grid.explode("ds").join(history, on=["unique_id", "ds"], how="left").sort("unique_id", "ds")
