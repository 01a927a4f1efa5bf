"""Demand history to forecasts: per week, and summed over the intervals that orders must cover."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl

import forecasting
from pipelines.planning.kept_trees import KeptTrees
from pipelines.planning.tables import read

HORIZON_WEEKS = 8
WEEKLY_LEVELS = (0.1, 0.5, 0.9, 0.95)
# Service targets lie between these; the tail prices what a shortage costs.
INTERVAL_LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
SEPARATOR = "\x1f"  # stands in no id (contract §0.1)
SKU_OF, LOCATION_OF = (
    pl.col("unique_id").str.split_exact(SEPARATOR, 1).struct.field(f"field_{part}") for part in (0, 1)
)

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
# What is planned for a SKU is planned in every warehouse.
PROMOTIONS = """
    select
        sku_id,
        week_start as ds,
        announced_on,
        campaign_days::double as x_campaign_days,
        discount_rate::double as x_discount,
        exposures::double as x_exposures
    from marts.promotion_week
    order by all
"""
ITEMS = """
    select sku_id, spu_id, category_path as category, brand
    from intermediate.int_sku
    order by all
"""
INTERVALS = """
    select sku_id, location_id, lead_time_days, review_days, service_target
    from marts.replenishment_input
    order by all
"""


def read_demand(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What forecasting needs, as frames."""
    queries = {"history": HISTORY, "promotions": PROMOTIONS, "items": ITEMS, "intervals": INTERVALS}
    return {name: read(connection, sql) for name, sql in queries.items()}


def forecast(
    frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict, kept: KeptTrees | None = None
) -> dict[str, pl.DataFrame]:
    """Weekly quantiles, and quantiles over lead time and protection interval, per SKU and location.

    Trees are learned once for every last complete week of history, where `kept` keeps them.
    """
    params = forecasting.Params.from_mapping(settings)
    history = forecasting.weekly_history(frames["history"], as_of_date)
    if history.is_empty():
        return {"demand_forecast": pl.DataFrame(), "interval_demand": pl.DataFrame()}
    known = with_promotions(history, frames["promotions"])
    week = history["ds"].max()
    learned = kept.of_week(week, params) if kept else None
    model = forecasting.fit(known, params, attributes(history, frames["items"]), learned)
    if kept and model.boosted and model.boosted.trees is not learned:
        kept.keep(week, params, model.boosted.trees)
    planned = with_promotions(weeks_ahead(history, params), frames["promotions"])
    weekly = forecasting.predict(model, HORIZON_WEEKS, WEEKLY_LEVELS, planned)
    renamed = {forecasting.quantile_column(q): f"q_{q:g}".replace(".", "_") for q in WEEKLY_LEVELS}
    weekly = _split(weekly).rename({"ds": "week_start"} | renamed).sort("sku_id", "location_id", "week_start")
    return {"demand_forecast": weekly, "interval_demand": _interval_demand(model, frames["intervals"], planned)}


def weeks_ahead(history: pl.DataFrame, params: forecasting.Params) -> pl.DataFrame:
    """Every series in every week that a forecast may reach."""
    reach = max(HORIZON_WEEKS, *params.sum_periods)
    last = history["ds"].max()
    weeks = pl.DataFrame({"ds": [last + timedelta(weeks=week) for week in range(1, reach + 1)]})
    return history.select(pl.col("unique_id").unique().sort()).join(weeks, how="cross")


def with_promotions(weeks: pl.DataFrame, promotions: pl.DataFrame) -> pl.DataFrame:
    """Weeks of series with what was planned for their SKU, and when each part of it was announced."""
    drivers = [name for name in promotions.columns if name.startswith("x_")]
    joined = weeks.with_columns(sku_id=SKU_OF).join(promotions, on=["sku_id", "ds"], how="left", maintain_order="left")
    announced = {f"known_{name}": pl.col("announced_on") for name in drivers}
    return joined.with_columns(pl.col(drivers).fill_null(0.0), **announced).drop("sku_id", "announced_on")


def attributes(history: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """What groups the series: product, category, brand and warehouse."""
    series = history.select(pl.col("unique_id").unique().sort())
    named = series.with_columns(sku_id=SKU_OF, location=LOCATION_OF)
    return named.join(items, on="sku_id", how="left", maintain_order="left").drop("sku_id")


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(sku_id=SKU_OF, location_id=LOCATION_OF).drop("unique_id")


def _interval_demand(model: forecasting.Model, intervals: pl.DataFrame, planned: pl.DataFrame) -> pl.DataFrame:
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
    summed = forecasting.demand_over(model, asked, levels, planned).rename({"y_hat": "demand_mean"})
    long = forecasting.unpivot_quantiles(summed).filter(pl.col("quantity").is_not_null())
    return _split(long).sort("sku_id", "location_id", "interval", "level")
