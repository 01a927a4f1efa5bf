"""The life of goods: what takes another's place, what is about to be sold for the first time, and what ends."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.planning.levels import SEPARATOR, SKU_OF

# A good in stock that was launched longer ago and never sold is not new: nothing is expected of it.
NEW_DAYS = 28


def successions(
    history: pl.DataFrame, predecessors: pl.DataFrame, lives: pl.DataFrame, as_of_date: date
) -> pl.DataFrame:
    """Links as `forecasting.borrow_history` takes them: in every location where the predecessor sold.

    Only of predecessors that have ended. While both are sold, the successor is forecast as any new good: what a
    predecessor leaves it in those weeks came out far too low on the twin (docs/benchmarks.md).
    """
    ended = lives.filter(pl.col("ends_on") < as_of_date)
    predecessors = predecessors.join(ended, left_on="predecessor_sku_id", right_on="sku_id", how="semi")
    lenders = history.select(lender="unique_id").unique().sort("lender")
    sku, location = (pl.col("lender").str.split_exact(SEPARATOR, 1).struct.field(f"field_{part}") for part in (0, 1))
    linked = lenders.with_columns(predecessor_sku_id=sku, location=location).join(predecessors, on="predecessor_sku_id")
    named = pl.concat_str("sku_id", "location", separator=SEPARATOR)
    return linked.select(unique_id=named, lender="lender", scale=pl.col("scale").cast(pl.Float64), replaces=True)


def coming(history: pl.DataFrame, intervals: pl.DataFrame, lives: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    """Series to plan that never sold and are launched now or soon: ``unique_id``, ``launches_on``."""
    named = intervals.select("sku_id", unique_id=pl.concat_str("sku_id", "location_id", separator=SEPARATOR))
    new = lives.filter(pl.col("launches_on") >= as_of_date - timedelta(days=NEW_DAYS))
    unsold = named.join(history, on="unique_id", how="anti")
    return unsold.join(new, on="sku_id").select("unique_id", "launches_on").unique().sort("unique_id")


def ends(groups: pl.DataFrame, lives: pl.DataFrame) -> pl.DataFrame:
    """Last day on sale of the series that end: ``unique_id``, ``ends_on``."""
    known = lives.filter(pl.col("ends_on").is_not_null()).select("sku_id", "ends_on")
    return groups.select("unique_id", sku_id=SKU_OF).join(known, on="sku_id").select("unique_id", "ends_on")
