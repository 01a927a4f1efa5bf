"""Daily demand to complete weeks."""

from datetime import date, timedelta

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows


def weekly_history(daily: pl.DataFrame, as_of_date: date, max_stockout_share: float = 0.25) -> pl.DataFrame:
    """Sum daily demand into complete weeks, gaps filled with zeros, stocked-out weeks marked.

    Parameters
    ----------
    daily
        ``unique_id`` (text), ``ds`` (date), ``y`` (base units, not negative; null or NaN means not
        observed), and perhaps ``in_stock`` (bool; null counts as in stock). One row per series and day;
        days without a row had no demand.
    as_of_date
        Business date of the computation: only days before it are read, and only weeks that ended before it
        are returned.
    max_stockout_share
        A week is censored (``in_stock`` false) when more than this share of its seven days was out of
        stock. Default 0.25: two days or more.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date, the week's Monday), ``y`` (float), ``in_stock`` (bool), sorted by
        series and week, from the week of the series' first sale (of its first row, if it never sold) to the
        last complete week. The first week may be partial: what was offered before the first sale is not
        known. A week with an unobserved day is censored too.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a demand is negative or infinite, a day is given twice,
        or ``max_stockout_share`` is not in [0, 1].
    """
    if not 0 <= max_stockout_share <= 1:
        raise ValueError(f"max_stockout_share must be in [0, 1], found {max_stockout_share!r}")
    check_frame(daily, {"unique_id": "text", "ds": "date", "y": "number?"}, "daily demand")
    if "in_stock" in daily.columns:
        check_frame(daily, {"in_stock": "bool?"}, "daily demand")
    y = pl.col("y").cast(pl.Float64)
    refuse_rows(daily, (y < 0) | y.is_infinite(), "y", "must be a demand of zero or more", "daily demand")
    check_unique(daily, ["unique_id", "ds"], "daily demand")

    in_stock = pl.col("in_stock").fill_null(True) if "in_stock" in daily.columns else pl.lit(True)
    this_monday = as_of_date - timedelta(days=as_of_date.weekday())
    days = daily.filter(pl.col("ds") < this_monday).select(
        "unique_id",
        pl.col("ds").dt.truncate("1w").alias("week"),
        y.fill_nan(None).alias("y"),
        out=~in_stock,
    )
    weeks = days.group_by("unique_id", "week").agg(
        y=pl.col("y").sum(),
        unobserved=pl.col("y").is_null().any(),
        out=pl.col("out").sum() / 7 > max_stockout_share,
    )
    first = pl.coalesce(pl.col("week").filter(pl.col("y") > 0).min(), pl.col("week").min())
    spans = weeks.group_by("unique_id").agg(ds=first)
    grid = spans.with_columns(pl.date_ranges("ds", pl.lit(this_monday - timedelta(days=7)), interval="1w")).explode(
        "ds"
    )
    return (
        grid.join(weeks.rename({"week": "ds"}), on=["unique_id", "ds"], how="left")
        .select(
            "unique_id",
            "ds",
            pl.col("y").fill_null(0.0),
            in_stock=~(pl.col("out").fill_null(False) | pl.col("unobserved").fill_null(False)),
        )
        .sort("unique_id", "ds")
    )
