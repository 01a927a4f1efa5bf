"""Planners' overrides of the forecast, from the journal to schema `plan`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, time

import duckdb
import polars as pl

from feedback.forecast_override import ForecastOverride
from feedback.journal import overrides_known
from pipelines.cycle import Cycle, current_as_of, finish_content
from pipelines.planning.tables import write

STAGE = "overrides"
SCHEMA = {
    "override_id": pl.String,
    "author": pl.String,
    "reason": pl.String,
    "made_on": pl.Date,
    "expires_on": pl.Date,
    "level": pl.String,
    "member": pl.String,
    "first_ds": pl.Date,
    "last_ds": pl.Date,
    "kind": pl.String,
    "value": pl.Float64,
}


def take_overrides(connection: duckdb.DuckDBPyConnection, cycle: Cycle) -> int:
    """Replace `plan.forecast_override` by what the journal knew; returns the number of rows.

    A turn for today takes what planners decided until it began, though its data may be of the night: they count as
    decided on its day. A look back (`--as-of`) takes what had been decided by its instant.
    """
    as_of = current_as_of(connection)
    known_by = max(as_of, cycle.loaded_at) if cycle.as_of is None else as_of
    today = pl.lit(cycle.business_date(as_of))
    frame = as_frame(overrides_known(cycle.journal.store, known_by), cycle).with_columns(
        made_on=pl.min_horizontal("made_on", today)
    )
    write(connection, {"forecast_override": frame})
    content = hashlib.sha256(frame.write_csv().encode()).hexdigest()
    finish_content(connection, STAGE, content)
    return frame.height


def decided_before(cycle: Cycle, day: date) -> pl.DataFrame:
    """Rows of what planners had decided before a business day began."""
    begin = datetime.combine(day, time(), cycle.zone)
    return as_frame(overrides_known(cycle.journal.store, begin), cycle)


def as_frame(overrides: Iterable[ForecastOverride], cycle: Cycle) -> pl.DataFrame:
    """Rows as `forecasting.override` takes them: days of the business, weeks by their Monday."""
    rows = [
        {
            "override_id": one.override_id,
            "author": one.author,
            "reason": one.reason,
            "made_on": cycle.business_date(one.made_at),
            "expires_on": one.expires_on,
            "level": one.level,
            "member": one.member,
            "first_ds": one.first_week,
            "last_ds": one.last_week,
            "kind": one.kind,
            "value": float(one.quantity),
        }
        for one in overrides
    ]
    return pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.col("first_ds", "last_ds").dt.truncate("1w"))
