"""Demand history to forecasts: per week, and summed over the intervals that orders must cover."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

import forecasting
from pipelines.planning.tables import read

HORIZON_WEEKS = 8
WEEKLY_LEVELS = (0.1, 0.5, 0.9, 0.95)
# Service targets lie between these; the tail prices what a shortage costs.
INTERVAL_LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
SEPARATOR = "\x1f"  # stands in no id (contract §0.1)

HISTORY = f"""
    select
        sku_id || '{SEPARATOR}' || location_id as unique_id,
        demand_date as ds,
        gross_demand_qty::double as y,
        not coalesce(is_stocked_out, false) as in_stock
    from marts.demand_history
    where fulfil_mode = 'own' and is_complete_day
    order by all
"""
INTERVALS = """
    select sku_id, location_id, lead_time_days, review_days, service_target
    from marts.replenishment_input
    order by all
"""


def read_demand(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What forecasting needs, as frames."""
    return {"history": read(connection, HISTORY), "intervals": read(connection, INTERVALS)}


def forecast(frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict) -> dict[str, pl.DataFrame]:
    """Weekly quantiles, and quantiles over lead time and protection interval, per SKU and location."""
    params = forecasting.Params.from_mapping(settings)
    history = forecasting.weekly_history(frames["history"], as_of_date)
    if history.is_empty():
        return {"demand_forecast": pl.DataFrame(), "interval_demand": pl.DataFrame()}
    model = forecasting.fit(history, params)
    weekly = forecasting.predict(model, HORIZON_WEEKS, WEEKLY_LEVELS)
    renamed = {forecasting.quantile_column(q): f"q_{q:g}".replace(".", "_") for q in WEEKLY_LEVELS}
    weekly = _split(weekly).rename({"ds": "week_start"} | renamed).sort("sku_id", "location_id", "week_start")
    return {"demand_forecast": weekly, "interval_demand": _interval_demand(model, frames["intervals"])}


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    parts = pl.col("unique_id").str.split_exact(SEPARATOR, 1)
    return frame.with_columns(sku_id=parts.struct.field("field_0"), location_id=parts.struct.field("field_1")).drop(
        "unique_id"
    )


def _interval_demand(model: forecasting.Model, intervals: pl.DataFrame) -> pl.DataFrame:
    days = {
        "lead_time": pl.col("lead_time_days"),
        "protection": pl.col("lead_time_days") + pl.col("review_days"),
    }
    targets = intervals["service_target"].unique().to_list()
    levels = sorted({*INTERVAL_LEVELS, *(target for target in targets if 0 < target < 1)})
    identity = pl.concat_str("sku_id", "location_id", separator=SEPARATOR)
    asked = pl.concat(
        intervals.select(identity.alias("unique_id"), pl.lit(name).alias("interval"), (weeks / 7).alias("periods"))
        for name, weeks in days.items()
    )
    summed = forecasting.demand_over(model, asked, levels).rename({"y_hat": "demand_mean"})
    long = forecasting.unpivot_quantiles(summed).filter(pl.col("quantity").is_not_null())
    return _split(long).sort("sku_id", "location_id", "interval", "level")
