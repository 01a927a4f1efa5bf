"""Parcels as the days on which they were at risk to arrive."""

import polars as pl

from forecasting.door import check_frame, refuse_rows

LANE = ["carrier_id", "service_code", "origin_region", "dest_region"]
HISTORY = dict.fromkeys(LANE, "text") | {
    "day": "integer",
    "promise_days": "integer",
    "outcome": "text",
    "weight_class": "text",
    "is_drawn": "bool",
    "days": "integer",
    "parcels": "integer",
}
OUTCOMES = ("arrived", "failed", "on_the_way")
# Days before and after the promise beyond which one day is like the next.
FIRST_STEP, LAST_STEP = -3, 4


# Text of the column ``drawn`` where a service was drawn by chance; null where some rule gave it.
DRAWN = "drawn"


def placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``step`` (days after the promise, cut at both ends) and ``stage`` to rows of a day ``after`` hand-over."""
    step = pl.col("after") - pl.col("promise_days")
    return frame.with_columns(
        step=step.clip(FIRST_STEP, LAST_STEP),
        stage=pl.when(step < 0).then(pl.lit("early")).when(step == 0).then(pl.lit("due")).otherwise(pl.lit("overdue")),
    )


def at_risk(history: pl.DataFrame) -> pl.DataFrame:
    """One row per cell and day after hand-over: parcels that had not ended before it, and what became of them then.

    A parcel that arrived or failed was at risk up to that day; one on the way up to the last day on which it was
    seen not to have come (it is censored there, not forgotten).

    Parameters
    ----------
    history
        ``carrier_id``, ``service_code``, ``origin_region``, ``dest_region`` (text), ``day`` (int, of hand-over),
        ``promise_days`` (int ≥ 0), ``outcome`` (``arrived``, ``failed``: lost or damaged, ``on_the_way``), ``days``
        (int ≥ 0, to the end, or to the last day seen), ``parcels`` (int ≥ 1), ``weight_class`` (text), ``is_drawn``
        (bool, chance gave them the service, not some rule). Days are those on which carriers move.

    Returns
    -------
    pl.DataFrame
        The key columns, ``weight_class``, ``day``, ``step``, ``stage``, ``drawn`` (text, null: by some rule),
        ``tried``, ``arrived``, ``failed`` (number of parcels).

    Raises
    ------
    ValueError
        Naming the first row that is impossible.
    """
    check_frame(history, HISTORY, "history")
    refuse_rows(history, ~pl.col("outcome").is_in(OUTCOMES), "outcome", f"must be one of {OUTCOMES}", "history")
    for column, least in (("days", 0), ("promise_days", 0), ("parcels", 1)):
        refuse_rows(history, pl.col(column) < least, column, f"must be {least} or more", "history")
    # Numbers for names, in the same order, are grouped and sorted in a third of the time.
    names = [*LANE, "weight_class"]
    numbered = history.with_columns(
        pl.col(name).cast(pl.Enum(history[name].drop_nulls().unique().sort())) for name in names
    )
    days = numbered.with_columns(after=pl.int_ranges(0, pl.col("days") + 1)).explode("after")
    is_last = pl.col("after") == pl.col("days")
    counted = days.with_columns(
        arrived=pl.when(is_last & (pl.col("outcome") == "arrived")).then("parcels").otherwise(0),
        failed=pl.when(is_last & (pl.col("outcome") == "failed")).then("parcels").otherwise(0),
        drawn=pl.when("is_drawn").then(pl.lit(DRAWN)),
    )
    return (
        placed(counted)
        .group_by(*LANE, "promise_days", "weight_class", "day", "step", "stage", "drawn")
        .agg(tried=pl.col("parcels").sum(), arrived=pl.col("arrived").sum(), failed=pl.col("failed").sum())
        .sort(*LANE, "promise_days", "weight_class", "day", "step", "drawn")
        .with_columns(pl.col(names).cast(pl.String))
    )
