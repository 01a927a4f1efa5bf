"""What subscriptions agreed beforehand: taken from what the forecast learns from, and added to what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

import forecasting
from pipelines.planning.levels import SEPARATOR

PAST = f"""
    select
        sku_id || '{SEPARATOR}' || location_id as unique_id,
        demand_date as ds,
        contracted_qty::double as contracted
    from marts.demand_history
    where fulfil_mode = 'own' and is_complete_day and contracted_qty > 0
    order by all
"""
SUBSCRIPTIONS = f"""
    select
        sku_id || '{SEPARATOR}' || location_id as unique_id,
        qty::double as qty,
        every_days,
        next_on,
        ends_on
    from marts.contracted_demand
    order by all
"""


@dataclass(frozen=True)
class Contracted:
    """Agreed deliveries, each frame `unique_id`, `ds`, `contracted` (base units).

    Parameters
    ----------
    past
        Complete weeks.
    weeks
        Weeks ahead, what was delivered since the first of them began included.
    days
        Days ahead, from the as-of date on.
    """

    past: pl.DataFrame
    weeks: pl.DataFrame
    days: pl.DataFrame


def read_contracted(
    past: pl.DataFrame, subscriptions: pl.DataFrame, as_of_date: date, last: date, ends: pl.DataFrame
) -> Contracted:
    """Weeks and days of what was and is agreed.

    Parameters
    ----------
    past, subscriptions
        Rows of `PAST` and `SUBSCRIPTIONS`.
    as_of_date, last
        First and last day ahead.
    ends
        `unique_id`, `ends_on` (date) of the series that end: nothing is delivered after.
    """
    days = forecasting.contracted_days(subscriptions, as_of_date, last).join(ends, on="unique_id", how="left")
    days = days.filter(pl.col("ends_on").is_null() | (pl.col("ds") <= pl.col("ends_on"))).drop("ends_on")
    this_week = as_of_date - timedelta(days=as_of_date.weekday())
    running = past.filter(pl.col("ds") >= this_week)
    return Contracted(by_week(past.filter(pl.col("ds") < this_week)), by_week(pl.concat([running, days])), days)


def by_week(days: pl.DataFrame) -> pl.DataFrame:
    """The same by the week's Monday."""
    weeks = days.group_by("unique_id", pl.col("ds").dt.truncate("1w")).agg(pl.col("contracted").sum())
    return weeks.sort("unique_id", "ds")
