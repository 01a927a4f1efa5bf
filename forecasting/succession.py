"""Histories of goods that take another's place, or resemble one; and of goods that end."""

from __future__ import annotations

from datetime import date

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows


def borrow_history(history: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Give every borrower the past of its lender, so that it is forecast as one that has been there.

    Before a borrower's own first period stands the lender's demand, scaled. While both sold, a successor has the
    demand of both: what its predecessor still sold is what it will sell. A likeness lends only what was before.

    Parameters
    ----------
    history
        ``unique_id`` (text), ``ds`` (date), ``y`` (number) and other columns, one row per series and period.
    links
        ``unique_id`` (text: the borrower, once; it may have no history), ``lender`` (text), ``scale`` (number, what
        the lender's demand is multiplied by), ``replaces`` (bool: the borrower takes the lender's place).

    Returns
    -------
    pl.DataFrame
        The columns of the history, sorted by series and period: all of its series, and those that had only a lender.
        A link whose lender has no history changes nothing; who lends what it borrowed lends its own alone.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a borrower has two lenders, lends to itself, or a scale is
        negative.
    """
    check_frame(history, {"unique_id": "text", "ds": "date", "y": "number?"}, "history")
    check_frame(links, {"unique_id": "text", "lender": "text", "scale": "number", "replaces": "bool"}, "links")
    check_unique(links, ["unique_id"], "links")
    refuse_rows(links, pl.col("unique_id") == pl.col("lender"), "lender", "must be another series", "links")
    refuse_rows(links, ~(pl.col("scale") >= 0), "scale", "must be zero or more", "links")
    began = history.group_by("unique_id").agg(began=pl.col("ds").min())
    y = pl.col("y").cast(pl.Float64)
    lent = (
        history.rename({"unique_id": "lender"})
        .join(links, on="lender", how="inner")
        .join(began, on="unique_id", how="left")
        .with_columns(y=y * pl.col("scale"), before=(pl.col("ds") < pl.col("began")).fill_null(True))
    )
    beside = lent.filter(~pl.col("before") & pl.col("replaces")).select("unique_id", "ds", lent="y")
    own = history.join(beside, on=["unique_id", "ds"], how="left").with_columns(y=y + pl.col("lent").fill_null(0.0))
    earlier = lent.filter("before").select(history.columns)
    return pl.concat([own.select(history.columns), earlier]).sort("unique_id", "ds")


def less_predecessor(forecast: pl.DataFrame, links: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Leave the predecessors their part of what ``borrow_history`` had both sell, while they are still forecast.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), the columns of ``by``, ``y_hat`` and ``q_<level>`` (number), predecessors cut at their end
        (``cut_at_end``).
    links
        As in ``borrow_history``; likenesses stay as they are.
    by
        What identifies a row beside its series, such as ``ds`` or the name of an interval.

    Returns
    -------
    pl.DataFrame
        The forecast, rows and columns in their order; a successor's mean and quantiles less the predecessor's mean,
        never below zero.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or a row is given twice.
    """
    check_frame(forecast, {"unique_id": "text", "y_hat": "number?"}, "forecast")
    check_frame(links, {"unique_id": "text", "lender": "text", "scale": "number", "replaces": "bool"}, "links")
    check_unique(forecast, ["unique_id", *by], "forecast")
    lent = forecast.select(*by, lender="unique_id", lent="y_hat")
    taken = (
        links.filter("replaces").join(lent, on="lender").select("unique_id", *by, lent=pl.col("lent") * pl.col("scale"))
    )
    joined = forecast.join(taken, on=["unique_id", *by], how="left", maintain_order="left")
    columns = [name for name in forecast.columns if name == "y_hat" or name.startswith("q_")]
    return joined.with_columns((pl.col(columns) - pl.col("lent").fill_null(0.0)).clip(0)).select(forecast.columns)


def cut_at_end(forecast: pl.DataFrame, ends: pl.DataFrame, period_days: int) -> pl.DataFrame:
    """The forecast of ``predict`` until each series' last day on sale.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` and ``q_<level>`` (number).
    ends
        ``unique_id`` (text, once) and ``ends_on`` (date: the last day on sale; null where there is none).
    period_days
        Length of a period (in days).

    Returns
    -------
    pl.DataFrame
        The forecast, rows and columns in their order; the period that has the last day by its share of days, later
        ones zero.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or a series ends twice.
    """
    check_frame(forecast, {"unique_id": "text", "ds": "date", "y_hat": "number?"}, "forecast")
    known = checked_ends(ends)
    left = (pl.col("ends_on") - pl.col("ds")).dt.total_days() + 1
    share = (left / period_days).clip(0, 1).fill_null(1.0)
    columns = [name for name in forecast.columns if name == "y_hat" or name.startswith("q_")]
    joined = forecast.join(known, on="unique_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col(columns) * share).select(forecast.columns)


def until_end(periods: pl.DataFrame, ends: pl.DataFrame, begins: date, period_days: int) -> pl.DataFrame:
    """Intervals as ``demand_over`` takes them, none longer than until its series' last day on sale.

    Parameters
    ----------
    periods
        ``unique_id`` (text), ``periods`` (number) and other columns.
    ends
        As in ``cut_at_end``.
    begins
        First day of the intervals: the one after the history's last period.
    period_days
        Length of a period (in days).

    Returns
    -------
    pl.DataFrame
        The rows of ``periods`` in their order, ``periods`` (float) shortened; zero for a series that has ended.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or a series ends twice.
    """
    check_frame(periods, {"unique_id": "text", "periods": "number"}, "periods")
    joined = periods.join(checked_ends(ends), on="unique_id", how="left", maintain_order="left")
    left = (((pl.col("ends_on") - begins).dt.total_days() + 1) / period_days).clip(0)
    shortened = pl.min_horizontal(pl.col("periods").cast(pl.Float64), left)
    return joined.with_columns(periods=shortened).select(periods.columns)


def checked_ends(ends: pl.DataFrame) -> pl.DataFrame:
    """Series and last day, checked."""
    check_frame(ends, {"unique_id": "text", "ends_on": "date?"}, "ends")
    check_unique(ends, ["unique_id"], "ends")
    return ends.select("unique_id", pl.col("ends_on").cast(pl.Date))
