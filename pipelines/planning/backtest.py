"""Forecasts of the past beside what came, and what every step and every planner added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

import forecasting
from pipelines.planning.demand import HORIZON_WEEKS, less_contracted, with_promotions
from pipelines.planning.levels import attributes, levels, split

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)
SHOWN_LEVELS = (0.5, 0.9, 0.95)
ORIGINS, STEP_WEEKS = 4, 4
LEARNED_WEEKS = 4  # the least that an origin must have behind it
# AutoETS takes some 5 ms a series and origin: so many tell what the usual methods are worth.
COMPARED_SERIES = 1_000
STEPS = ("seasonal_naive", "moving_average", "auto_ets", "level", "model", "overridden")
# What a run does not do, measured beside what it does.
ALTERNATIVE = "reconciled"
SEGMENTS = ("demand_class", "category", "brand", "warehouse", "promoted")


@dataclass(frozen=True)
class LookedBack:
    """What the page and the marts are made of.

    Parameters
    ----------
    forecasts
        As `forecasting.backtest` returns them, with `overridden` and the segments of each series.
    accuracy, value_added
        Rows of the marts.
    reason
        Why there is nothing to look back on; None where there is.
    """

    forecasts: pl.DataFrame
    accuracy: pl.DataFrame
    value_added: pl.DataFrame
    reason: str | None = None


def look_back(
    frames: dict[str, pl.DataFrame],
    as_of_date: date,
    settings: dict,
    decided_by: Callable[[date], pl.DataFrame],
    backend: forecasting.Backend = forecasting.LOCAL,
) -> LookedBack:
    """Forecast at rolling origins from what was known then.

    Parameters
    ----------
    frames
        As `read_demand` gives them.
    decided_by
        The overrides that planners had decided before a day.
    """
    params = forecasting.Params.from_mapping(settings)
    # What was agreed needs no forecast, and makes none look good.
    history = less_contracted(forecasting.weekly_history(frames["history"], as_of_date), frames)
    weeks = history["ds"].n_unique()
    horizon = min(HORIZON_WEEKS, weeks - LEARNED_WEEKS)
    if horizon < 1:
        nothing = pl.DataFrame()
        return LookedBack(nothing, nothing, nothing, f"{weeks} complete weeks of history, {LEARNED_WEEKS + 1} needed")
    origins = min(ORIGINS, 1 + (weeks - LEARNED_WEEKS - horizon) // STEP_WEEKS)
    groups = attributes(history, frames["items"])
    known = with_promotions(history, frames["promotions"])
    compared = groups.select("unique_id").sort(pl.col("unique_id").hash(0)).head(COMPARED_SERIES)["unique_id"]
    found = forecasting.backtest(
        known, horizon, origins, STEP_WEEKS, params, LEVELS, groups, compared.to_list(), backend
    ).rename({"y_hat": "model"})
    promoted = known.select("unique_id", "ds", promoted=pl.col("x_campaign_days") > 0)
    named = groups.rename({"location": "warehouse"})
    found = found.join(named, on="unique_id", how="left").join(promoted, on=["unique_id", "ds"], how="left")
    found = _reconciled(found, history, named.select("unique_id", "category"), params.period_days)
    found, moves = _overridden(found, levels(groups), decided_by)
    return LookedBack(found, _accuracy(found, levels(groups)), _value_added(found, moves))


def _reconciled(found: pl.DataFrame, history: pl.DataFrame, categories: pl.DataFrame, period_days: int) -> pl.DataFrame:
    """The model's forecasts drawn to classical ones of categories and the whole, beside them."""
    parts = []
    for (cutoff,), rows in found.group_by("cutoff", maintain_order=True):
        forecast, known = rows.select("unique_id", "ds", y_hat="model"), history.filter(pl.col("ds") <= cutoff)
        drawn = forecasting.reconcile_to_totals(forecast, known, categories, period_days)
        of_series = drawn.select("unique_id", "ds", pl.col("y_hat").alias(ALTERNATIVE))
        parts.append(rows.join(of_series, on=["unique_id", "ds"], how="left", maintain_order="left"))
    return pl.concat(parts)


def _overridden(
    found: pl.DataFrame, members: pl.DataFrame, decided_by: Callable[[date], pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The model's forecasts with what planners had decided by each origin, and the moves by cutoff."""
    moved, moves = [], []
    for (cutoff,), rows in found.group_by("cutoff", maintain_order=True):
        today = cutoff + timedelta(weeks=1)
        forecast = rows.select("unique_id", "ds", y_hat="model")
        after, steps = forecasting.override(forecast, decided_by(today), members, today)
        moved.append(after.select("unique_id", "ds", pl.lit(cutoff).alias("cutoff"), overridden="y_hat"))
        moves.append(steps.with_columns(cutoff=pl.lit(cutoff)))
    joined = found.join(pl.concat(moved), on=["unique_id", "ds", "cutoff"], how="left", maintain_order="left")
    return joined, pl.concat(moves)


def _accuracy(found: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Measures of what was used, by level, segment and weeks ahead (null for all)."""
    used = found.rename({"overridden": "y_hat"})
    parts = []
    for segment in (None, *SEGMENTS):
        by = [] if segment is None else [segment]
        for ahead in ([], ["step"]):
            measured = forecasting.evaluate(used, by + ahead)
            member = pl.lit("all") if segment is None else pl.col(segment).cast(pl.String).fill_null("unknown")
            named = {"segment": pl.lit(segment or "all"), "member": member}
            parts.append(measured.with_columns(level=pl.lit("series"), **named).drop(by))
    seen = found.filter("in_stock").select("unique_id", "ds", "cutoff", "step", "y", y_hat="overridden")
    for level in [name for name in members.columns if name not in ("unique_id", "series")]:
        summed = seen.join(members.select("unique_id", node=level), on="unique_id").drop_nulls("node")
        summed = summed.group_by("node", "ds", "cutoff", "step").agg(pl.col("y", "y_hat").sum())
        for ahead in ([], ["step"]):
            measured = forecasting.evaluate(summed.rename({"node": "unique_id"}), ahead)
            parts.append(measured.with_columns(level=pl.lit(level), segment=pl.lit("all"), member=pl.lit("all")))
    table = pl.concat(parts, how="diagonal").rename({"step": "weeks_ahead"})
    renamed = {f"coverage_{level:g}": f"coverage_{level:g}".replace(".", "_") for level in SHOWN_LEVELS}
    return table.rename(renamed).sort("level", "segment", "member", "weeks_ahead", nulls_last=True)


def _value_added(found: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """What every step adds: in all, per class of demand, and in the weeks that each planner moved."""
    compared = found.drop_nulls("auto_ets")
    keys = ["unique_id", "ds", "cutoff"]
    of_planners = moves.select(*keys, member="author").unique().join(compared, on=keys)
    parts = {
        "all": compared.with_columns(member=pl.lit("all")),
        ALTERNATIVE: compared.with_columns(member=pl.lit("all"), overridden=pl.col(ALTERNATIVE)),
        "demand_class": compared.with_columns(member="demand_class"),
        "planner": of_planners,
    }
    added = [
        forecasting.value_added(rows.select(*keys, "y", "in_stock", "member", *STEPS), ["member"], forecasting.USUAL)
        .with_columns(segment=pl.lit(segment))
        .join(rows.filter("in_stock").group_by("member").agg(periods=pl.len()), on="member")
        for segment, rows in parts.items()
        if rows.height
    ]
    place = pl.col("step").replace_strict({name: number for number, name in enumerate(STEPS, 1)}, return_dtype=pl.Int32)
    is_alternative = (pl.col("segment") == ALTERNATIVE) & (pl.col("step") == STEPS[-1])
    step = pl.when(is_alternative).then(pl.lit(ALTERNATIVE)).otherwise("step")
    return pl.concat(added).with_columns(place=place, step=step).sort("segment", "member", "place")


def worst_series(found: pl.DataFrame, most: int) -> pl.DataFrame:
    """The series whose forecasts missed by the most units: sums over all origins."""
    error = pl.col("overridden") - pl.col("y")
    summed = (
        found.filter("in_stock")
        .group_by("unique_id", "demand_class")
        .agg(demand=pl.col("y").sum(), missed=error.abs().sum(), bias=error.sum())
    )
    return split(summed.sort("missed", "unique_id", descending=[True, False]).head(most))
