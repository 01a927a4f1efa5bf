"""Forecasts split over those who buy: channels, shops, regions."""

from __future__ import annotations

import polars as pl

from forecasting.door import check_frame


def split_by(forecast: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Sums of a forecast by member, each series shared out as its members bought of late.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``ds`` (date) and numbers, which are shared out and summed.
    bought
        ``unique_id``, ``member`` (text) and ``y`` (number, zero or more): demand of each member, such as a channel.
        A series that nobody bought is shared out as all series together.

    Returns
    -------
    pl.DataFrame
        ``member`` (str), ``ds`` (date) and the numbers (float), sorted: over all members they add up to the forecast.
        Without rows where nobody bought anything.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(forecast, {"unique_id": "text", "ds": "date"}, "forecast")
    check_frame(bought, {"unique_id": "text", "member": "text", "y": "number"}, "bought")
    numbers = [name for name in forecast.columns if name not in ("unique_id", "ds")]
    parts = forecast.join(shares(forecast, bought), on="unique_id").with_columns(pl.col(numbers) * pl.col("share"))
    ordered = parts.sort("member", "ds", "unique_id")
    return ordered.group_by("member", "ds", maintain_order=True).agg(pl.col(numbers).sum())


def shares(forecast: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Each member's share of each series of a forecast: ``unique_id``, ``member``, ``share`` (float)."""
    # Sums of floats differ in the last digit with the order of what is summed: it is always the same here.
    by_member = bought.sort("unique_id", "member", "y").group_by("unique_id", "member", maintain_order=True)
    summed = by_member.agg(pl.col("y").sum().cast(pl.Float64)).filter(pl.col("y") > 0)
    own = summed.with_columns(share=pl.col("y") / pl.col("y").sum().over("unique_id")).drop("y")
    everybody = summed.sort("member", "unique_id").group_by("member", maintain_order=True).agg(pl.col("y").sum())
    everybody = everybody.select("member", share=pl.col("y") / pl.col("y").sum())
    others = forecast.select("unique_id").unique().join(own, on="unique_id", how="anti").join(everybody, how="cross")
    return pl.concat([own, others.select(own.columns)])
