"""How long parcels take, learned from those of the past."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from optimization.carriers.transit import arrivals, fit_transit
from pipelines.planning.tables import read

HISTORY = """
    select
        carrier_id, service_code, origin_region, dest_region, outcome, weight_class, is_drawn, promise_days,
        moving_days as days, parcels,
        handed_over_date - date '1970-01-01' as day
    from marts.transit_history
    order by all
"""
LANES = """
    select
        carrier_id, service_code, origin_region, dest_region,
        ceil(max(coalesce(transit_days, promise_days)))::bigint as promise_days
    from marts.carrier_rate_current
    where coalesce(transit_days, promise_days) is not null
    group by all
    order by all
"""
KEY = ["carrier_id", "service_code", "origin_region", "dest_region"]


def read_transit(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """Parcels of the past, and the lanes that services offer now."""
    return {"history": read(connection, HISTORY), "lanes": read(connection, LANES)}


def learn_transit(frames: dict[str, pl.DataFrame], today: date) -> dict[str, pl.DataFrame]:
    """What to expect on every lane; nothing where no parcel was ever sent."""
    history, lanes = frames["history"], frames["lanes"]
    if history.is_empty() or lanes.is_empty():
        return {"transit_time": lanes.clear()}
    found = arrivals(fit_transit(history), lanes, (today - date(1970, 1, 1)).days)
    samples = history.group_by(KEY).agg(pl.col("parcels").sum())
    counted = found.join(samples, on=KEY, how="left", maintain_order="left")
    return {"transit_time": counted.with_columns(pl.col("parcels").fill_null(0))}
