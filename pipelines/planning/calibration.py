"""Past protection intervals, forecast from what was known then, to what being short should weigh in each segment."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import polars as pl

import forecasting
from pipelines.planning.demand import INTERVAL_LEVELS, less_contracted, read_demand, with_promotions
from pipelines.planning.levels import SEPARATOR, attributes, split
from pipelines.planning.tables import read

ORIGINS, STEP_WEEKS = 8, 2
LEAST_WEEKS = 8  # of history behind the first origin
# What a unit short costs, and one that is left over when the next order arrives, as the plan has it.
COSTS = """
    select
        i.sku_id, i.location_id, coalesce(i.abc, '*') as segment,
        (e.unit_margin + coalesce(e.shortage_penalty, 0))::double as short_cost,
        ((e.capital_cost_day + e.storage_cost_day) * i.review_days)::double as over_cost
    from marts.replenishment_input as i
    join marts.unit_economics as e using (sku_id, location_id)
    where
        e.unit_margin + coalesce(e.shortage_penalty, 0) > 0
        and e.capital_cost_day + e.storage_cost_day > 0 and i.review_days > 0
    order by i.sku_id, i.location_id
"""


def read_calibration(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What calibration needs, as frames."""
    return read_demand(connection) | {"costs": read(connection, COSTS)}


def calibrated(frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict) -> pl.DataFrame:
    """The weight of each segment by up to eight origins two weeks apart, as ``calibrate`` returns it.

    Only intervals that were over by the as-of date count, each forecast from what was known at its origin; so what is
    chosen here is used on days that it has not seen.
    """
    from optimization.replenishment.calibration import calibrate

    params = forecasting.Params.from_mapping(settings)
    history = less_contracted(forecasting.weekly_history(frames["history"], as_of_date), frames)
    weeks = history["ds"].n_unique() if history.height else 0
    origins = min(ORIGINS, 1 + (weeks - 1 - LEAST_WEEKS) // STEP_WEEKS)
    identity = pl.concat_str("sku_id", "location_id", separator=SEPARATOR)
    days = pl.col("lead_time_days") + pl.col("review_days")
    asked = (
        frames["intervals"]
        .join(frames["costs"], on=["sku_id", "location_id"], how="semi")
        .select(unique_id=identity, periods=days / params.period_days)
        .filter(pl.col("periods") > 0)
        .join(history.select("unique_id").unique(), on="unique_id", how="semi")
        .sort("unique_id")
    )
    if origins < 1 or asked.is_empty():
        return calibrate(_intervals(_nothing(), frames["costs"]), np.zeros((0, len(INTERVAL_LEVELS))), INTERVAL_LEVELS)
    known = with_promotions(history, frames["promotions"])
    groups = attributes(history, frames["items"])
    found = forecasting.backtest_over(known, asked, origins, STEP_WEEKS, params, INTERVAL_LEVELS, groups)
    intervals = _intervals(found, frames["costs"])
    quantiles = intervals.select(forecasting.quantile_column(level) for level in INTERVAL_LEVELS).to_numpy()
    return calibrate(intervals, quantiles, INTERVAL_LEVELS)


def _intervals(found: pl.DataFrame, costs: pl.DataFrame) -> pl.DataFrame:
    named = split(found).rename({"y": "demand"})
    return named.join(costs, on=["sku_id", "location_id"], how="inner", maintain_order="left")


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"unique_id": pl.String, "cutoff": pl.Date, "y": pl.Float64, "in_stock": pl.Boolean})
