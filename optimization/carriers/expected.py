"""What an offer is expected to cost: freight, lateness and loss."""

import polars as pl

from optimization.carriers.insurance import expected_loss
from optimization.carriers.problem import SERVICE, Problem


def moving_days_left() -> pl.Expr:
    """Days on which a parcel can move after its hand-over, up to its promised date: the clock that lanes run by."""
    return (pl.col("promised_date") - pl.col("handover_date")).dt.total_days() - pl.col("rest_days")


def with_lateness(candidates: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """Add ``late_probability`` and ``failed_rate`` to every parcel with every service.

    The chance is 1 − the share of the lane's parcels that arrive within the moving days left to the promised date;
    without a promised date it is the share that misses the carrier's own promise; for a lane of which nothing was
    learnt it is 1 or 0, as the stated days in transit say.
    """
    stated = pl.col("is_late").cast(pl.Float64)
    if problem.lateness is None:
        return candidates.with_columns(late_probability=stated, failed_rate=pl.lit(0.0))
    known = problem.lateness.rename({"dest_region": "dest_province"})
    left = moving_days_left()
    shares = pl.col("arrived_within").list
    within = shares.get(pl.min_horizontal(left.clip(0), shares.len().cast(pl.Int64) - 1), null_on_oob=True)
    learnt = pl.when(left < 0).then(1.0).when(left.is_null()).then(pl.col("late_rate")).otherwise(1 - within)
    return (
        candidates.join(known, on=[*SERVICE, "origin_region", "dest_province"], how="left")
        .with_columns(
            late_probability=pl.coalesce(learnt, stated).clip(0, 1),
            failed_rate=pl.col("failed_rate").fill_null(0.0),
        )
        .drop("arrived_within", "late_rate")
    )


def with_expected(offers: pl.DataFrame, late_penalty: float) -> pl.DataFrame:
    """Add ``expected_fen``: cost, what lateness costs × the chance of it, the value × the chance of loss.

    Lateness costs what the parcel's ``late_cost`` says, else the penalty. What is insured is lost to the carrier,
    not to us.
    """
    late_cost = pl.col("late_cost").cast(pl.Float64).fill_null(late_penalty)
    lost = pl.when("is_insured").then(0.0).otherwise(expected_loss())
    risk = 100 * (late_cost * pl.col("late_probability") + lost)
    return offers.with_columns(expected_fen=pl.col("cost_fen") + risk.round().cast(pl.Int64))
