"""Contracted demand (subscriptions): known, so never forecast."""

from __future__ import annotations

from datetime import date

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows


def contracted_days(subscriptions: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """Deliveries that are agreed, day by day.

    Parameters
    ----------
    subscriptions
        ``unique_id`` (text), ``qty`` (number, base units per delivery), ``every_days`` (integer, above zero; null for
        a single delivery), ``next_on`` (date of the next delivery), ``ends_on`` (date of the last; null is open).
    first, last
        Days asked for, both included. A delivery before ``next_on`` is not made up.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``contracted`` (float, base units), one row per series and day with any,
        sorted.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a quantity is negative, or ``every_days`` is not positive.
    """
    columns = {"unique_id": "text", "qty": "number", "every_days": "integer?", "next_on": "date", "ends_on": "date?"}
    check_frame(subscriptions, columns, "subscriptions")
    refuse_rows(subscriptions, ~(pl.col("qty") >= 0), "qty", "must be zero or more", "subscriptions")
    refuse_rows(subscriptions, pl.col("every_days") <= 0, "every_days", "must be a day or more", "subscriptions")
    stop = pl.min_horizontal(pl.col("ends_on").cast(pl.Date), pl.lit(last))
    single = pl.col("every_days").is_null()
    # A single delivery is one of a series that is over before its second.
    gap = pl.col("every_days").fill_null(1).cast(pl.Int64)
    count = ((stop - pl.col("next_on")).dt.total_days() // gap + 1).clip(0)
    return (
        subscriptions.with_columns(count=pl.when(single).then(count.clip(0, 1)).otherwise(count), gap=gap)
        .with_columns(number=pl.int_ranges("count"))
        .explode("number", empty_as_null=False)
        .select("unique_id", "qty", ds=pl.col("next_on") + pl.duration(days=pl.col("number") * pl.col("gap")))
        .filter(pl.col("ds").is_between(first, last))
        .group_by("unique_id", "ds")
        .agg(contracted=pl.col("qty").cast(pl.Float64).sum())
        .sort("unique_id", "ds")
    )


def less_contracted(history: pl.DataFrame, contracted: pl.DataFrame) -> pl.DataFrame:
    """The history without what was contracted: what is left is what must be forecast.

    Parameters
    ----------
    history
        ``unique_id`` (text), ``ds`` (date), ``y`` (number) and other columns.
    contracted
        ``unique_id`` (text), ``ds`` (date), ``contracted`` (number), one row per series and period: the part of ``y``
        that was contracted. More than was sold leaves zero.

    Returns
    -------
    pl.DataFrame
        The history, ``y`` reduced, rows and columns in their order.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or a period is given twice.
    """
    check_frame(history, {"unique_id": "text", "ds": "date", "y": "number?"}, "history")
    known = checked_contracted(contracted)
    joined = history.join(known, on=["unique_id", "ds"], how="left", maintain_order="left")
    left = pl.col("y").cast(pl.Float64) - pl.col("contracted").fill_null(0.0)
    return joined.with_columns(y=left.clip(0)).select(history.columns)


def plus_contracted(forecast: pl.DataFrame, contracted: pl.DataFrame) -> pl.DataFrame:
    """The forecast of ``predict`` with what is contracted on top of its mean and of every quantile.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` and ``q_<level>`` (number).
    contracted
        ``unique_id`` (text), ``ds`` (date), ``contracted`` (number), one row per series and period.

    Returns
    -------
    pl.DataFrame
        The forecast, rows and columns in their order.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or a period is given twice.
    """
    check_frame(forecast, {"unique_id": "text", "ds": "date", "y_hat": "number?"}, "forecast")
    known = checked_contracted(contracted)
    return _raised(forecast.join(known, on=["unique_id", "ds"], how="left", maintain_order="left"), forecast.columns)


def plus_contracted_over(sums: pl.DataFrame, days: pl.DataFrame, begins: date, period_days: int) -> pl.DataFrame:
    """The sums of ``demand_over`` with what is contracted within each interval.

    Parameters
    ----------
    sums
        ``unique_id`` (text), ``periods`` (number), ``y_hat`` and ``q_<level>`` (number).
    days
        ``unique_id`` (text), ``ds`` (date), ``contracted`` (number), one row per series and day.
    begins
        First day of the intervals: the one after the history's last period.
    period_days
        Length of a period (in days). A day that the interval only begins counts whole: it must be delivered.

    Returns
    -------
    pl.DataFrame
        The sums, rows and columns in their order.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or a day is given twice.
    """
    check_frame(sums, {"unique_id": "text", "periods": "number", "y_hat": "number?"}, "sums")
    known = checked_contracted(days).filter(pl.col("ds") >= begins)
    numbered = sums.with_row_index("_row")
    length = (pl.col("periods") * period_days).ceil().cast(pl.Int64)
    inside = (
        numbered.select("_row", "unique_id", length=length)
        .join(known, on="unique_id", how="inner")
        .filter((pl.col("ds") - begins).dt.total_days() < pl.col("length"))
        .group_by("_row")
        .agg(pl.col("contracted").sum())
    )
    return _raised(numbered.join(inside, on="_row", how="left", maintain_order="left"), sums.columns)


def checked_contracted(contracted: pl.DataFrame) -> pl.DataFrame:
    """Key and quantity of what is contracted, checked."""
    check_frame(contracted, {"unique_id": "text", "ds": "date", "contracted": "number"}, "contracted demand")
    check_unique(contracted, ["unique_id", "ds"], "contracted demand")
    return contracted.select("unique_id", "ds", pl.col("contracted").cast(pl.Float64))


def _raised(joined: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The forecast's columns, each with ``contracted`` added."""
    forecast = [name for name in columns if name == "y_hat" or name.startswith("q_")]
    return joined.with_columns(pl.col(forecast) + pl.col("contracted").fill_null(0.0)).select(columns)
