"""Forecasts of the past beside what came, and what every step and every planner added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import polars as pl

import forecasting
from pipelines.planning.demand import HORIZON_WEEKS, less_contracted, read_demand, with_promotions
from pipelines.planning.levels import SEPARATOR, attributes, levels, split
from pipelines.planning.tables import read

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)
SHOWN_LEVELS = (0.5, 0.9, 0.95)
QUANTILES = pl.col([forecasting.quantile_column(level) for level in LEVELS])
ORIGINS, STEP_WEEKS = 4, 4
LEARNED_WEEKS = 4  # the least that an origin must have behind it
# AutoETS takes some 5 ms a series and origin: so many tell what the usual methods are worth.
COMPARED_SERIES = 1_000
STEPS = ("seasonal_naive", "moving_average", "auto_ets", "level", "model", "overridden")
# What a run does not do, measured beside what it does.
ALTERNATIVE = "reconciled"
SEGMENTS = ("demand_class", "category", "brand", "warehouse", "promoted")
# A channel's part of a forecast is what it bought in so many days before, as in a run.
CHANNEL_DAYS = 91
CHANNEL = "channel"
CHANNEL_WEEKS = f"""
    with
    shops as (
        select shop_id, max(platform) as platform from staging.stg_order__shop group by shop_id
    )
    select
        sku_id || '{SEPARATOR}' || natural_location_id as unique_id,
        coalesce(platform, shop_id) as member,
        date_trunc('week', ordered_date)::date as ds,
        sum(demand_qty)::double as y
    from intermediate.int_order_line
    left join shops using (shop_id)
    where
        fulfil_mode = 'own' and exclusion_reason is null and demand_qty > 0
        and shop_id is not null and sku_id is not null
    group by all
    order by all
"""


def read_look_back(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What `read_demand` gives, and what every channel bought week by week."""
    return read_demand(connection) | {"channel_weeks": read(connection, CHANNEL_WEEKS)}


@dataclass(frozen=True)
class LookedBack:
    """What the page and the marts are made of.

    Parameters
    ----------
    forecasts
        As `forecasting.backtest` returns them, with `overridden` and the segments of each series; quantiles are those
        of `overridden`.
    sums
        The same summed over the members of every level (`forecasting.backtest_sums`).
    accuracy, value_added
        Rows of the marts.
    reason
        Why there is nothing to look back on; None where there is.
    """

    forecasts: pl.DataFrame
    sums: pl.DataFrame
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
        As `read_look_back` gives them.
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
        return LookedBack(*[nothing] * 4, f"{weeks} complete weeks of history, {LEARNED_WEEKS + 1} needed")
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
    sums = _sums(found, history, levels(groups).drop("series", "total"), frames["channel_weeks"])
    return LookedBack(found, sums, _accuracy(found, sums), _value_added(found, moves))


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
        forecast = rows.select("unique_id", "ds", QUANTILES, y_hat="model")
        after, steps = forecasting.override(forecast, decided_by(today), members, today)
        columns = ["unique_id", "ds", pl.lit(cutoff).alias("cutoff"), pl.col("y_hat").alias("overridden"), QUANTILES]
        moved.append(after.select(columns))
        moves.append(steps.with_columns(cutoff=pl.lit(cutoff)))
    keys = ["unique_id", "ds", "cutoff"]
    return found.drop(QUANTILES).join(pl.concat(moved), on=keys, how="left", maintain_order="left"), pl.concat(moves)


def _sums(found: pl.DataFrame, history: pl.DataFrame, above: pl.DataFrame, channel_weeks: pl.DataFrame) -> pl.DataFrame:
    """What was used, summed over every level above a series, with quantiles of the sums."""
    columns = ["unique_id", "ds", "cutoff", "step", "y", "in_stock"]
    used = found.select(*columns, pl.col("overridden").alias("y_hat"), QUANTILES)
    of_levels = forecasting.backtest_sums(used, history, above)
    bought = channel_weeks.join(history, on=["unique_id", "ds"], how="semi")
    if bought.is_empty():
        return of_levels
    by_channel = forecasting.split_backtest(used, bought, CHANNEL_DAYS)
    named = pl.concat_str("unique_id", "member", separator=SEPARATOR)
    of_channels = forecasting.backtest_sums(
        by_channel.with_columns(unique_id=named).drop("member"),
        bought.select("ds", "y", unique_id=named),
        by_channel.select(unique_id=named, channel="member").unique(),
    )
    return pl.concat([of_levels, of_channels.filter(level=CHANNEL)])


def _accuracy(found: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
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
    of_members = sums.rename({"member": "unique_id"})
    for ahead in ([], ["step"]):
        measured = forecasting.evaluate(of_members, ["level", *ahead])
        parts.append(measured.with_columns(segment=pl.lit("all"), member=pl.lit("all")))
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
    worst = summed.sort("missed", "unique_id", descending=[True, False]).head(most)
    return worst.hstack(split(worst.select("unique_id")))
