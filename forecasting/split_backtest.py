"""Forecasts of the past shared out over those who buy, as they had bought by then."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from forecasting.door import check_frame
from forecasting.split_by import shares


def split_backtest(backtested: pl.DataFrame, bought: pl.DataFrame, days: int) -> pl.DataFrame:
    """Every series by member, such as a channel: forecasts by what members had bought of late, demand by what they did.

    Parameters
    ----------
    backtested
        ``unique_id`` (text), ``ds``, ``cutoff`` (date), ``y``, ``y_hat`` and ``q_<level>`` … (number), ``in_stock``.
    bought
        ``unique_id``, ``member`` (text), ``ds`` (date, the same periods) and ``y`` (number, zero or more).
    days
        How far back of the last period known purchases give the shares of a forecast (``split_by``); a series that
        nobody bought in them is shared out as all series together.

    Returns
    -------
    pl.DataFrame
        The columns of ``backtested`` in the rows of every series and member, ``y_hat`` and quantiles by share, and
        ``member``. Rows are left out in whose period there was demand and none of it is a member's.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(bought, {"unique_id": "text", "member": "text", "ds": "date", "y": "number"}, "bought")
    numbers = ["y_hat", *(name for name in backtested.columns if name.startswith("q_"))]
    keys = ["unique_id", "ds"]
    sums = bought.group_by(*keys, "member").agg(pl.col("y").sum().cast(pl.Float64)).filter(pl.col("y") > 0)
    came = sums.select(*keys, "member", part=pl.col("y") / pl.col("y").sum().over(keys))
    told = came.select(keys).unique().with_columns(told=True)
    known = backtested.join(told, on=keys, how="left").filter((pl.col("y") == 0) | pl.col("told")).drop("told")
    parts = []
    for (cutoff,), rows in known.sort("cutoff").group_by("cutoff", maintain_order=True):
        recent = bought.filter(pl.col("ds") <= cutoff, pl.col("ds") > cutoff - timedelta(days=days))
        expected = rows.select(keys).join(shares(rows, recent), on="unique_id")
        # Who bought in a period and not before it was expected to buy nothing, and the other way round.
        real = came.join(rows, on=keys, how="semi")
        of_members = expected.join(real, on=[*keys, "member"], how="full", coalesce=True)
        split = rows.join(of_members, on=keys).with_columns(
            pl.col(numbers) * pl.col("share").fill_null(0.0), y=pl.col("y") * pl.col("part").fill_null(0.0)
        )
        parts.append(split.select(*backtested.columns, "member"))
    return pl.concat(parts).sort("cutoff", "unique_id", "member", "ds")
