"""Chances on the days that were: what a record is, where ``predict`` is an outlook."""

import numpy as np
import polars as pl

from optimization.carriers.on_time.model import OnTimeModel, averaged, usual_logit

# A year has every season once.
RECORD_DAYS = 365
# Days of the rows alike in all levels weigh as so many trials beside a row's own: a lane whose only parcels met a
# storm is not late as often on other days.
WORTH = 20.0


def over_past(model: OnTimeModel, asked: pl.DataFrame, own: list[str]) -> np.ndarray:
    """Chance of each row (rows,), averaged over the last ``RECORD_DAYS`` days of the history.

    A day counts by its trials of the rows that have the same `own`, and a little by those of all rows that have the
    same levels; its level is what was learned of it.

    Parameters
    ----------
    asked
        The columns of ``params.kinds`` and ``params.levels``.
    own
        Columns of ``params``: rows that have them in common share their days.

    Returns
    -------
    np.ndarray
        Not a number where no row with the same levels was seen.
    """
    groups = sorted({column for level in model.params.levels for column in level})
    told = ["day", "tried", "level", "level_variance"]
    rows = asked.select({*own, *groups}).with_row_index("row").with_columns(logit=usual_logit(model, asked))
    past = model.past.filter(pl.col("day") > model.last_day - RECORD_DAYS)
    alike = by_day(past, groups)
    total = pl.col("tried").sum().over(groups) if groups else pl.col("tried").sum()
    alike = alike.with_columns(tried=WORTH * pl.col("tried") / total)
    days = pl.concat(
        rows.join(each, on=on, how="inner" if on else "cross").select("row", "logit", *told)
        for each, on in ((by_day(past, own), own), (alike, groups))
    )
    logit = (days["logit"] + days["level"]).to_numpy()
    chance = pl.Series(averaged(logit, days["level_variance"].to_numpy()))
    summed = days.select("row", "tried", hit=chance * days["tried"]).group_by("row").sum()
    found = rows.select("row").join(summed, on="row", how="left", maintain_order="left")
    return (found["hit"] / found["tried"]).fill_null(np.nan).to_numpy()


def by_day(past: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Trials and mean level of each day of the rows that have columns in common."""
    mean = (pl.col("level", "level_variance") * pl.col("tried")).sum() / pl.col("tried").sum()
    trials = pl.col("tried").sum().cast(pl.Float64)
    return past.group_by(*columns, "day").agg(mean, trials).sort(*columns, "day")
