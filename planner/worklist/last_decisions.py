"""What was last decided for the key of each suggestion, and what it has earned since."""

from __future__ import annotations

import json

import polars as pl
from sqlalchemy import select

from feedback.journal import Journal, schema
from feedback.states import FROZEN
from planner.worklist.narrow import narrow

KEY = ["action", "sku_id", "location_id", "target"]
COLUMNS = {
    "last_status": pl.Categorical, "last_qty": pl.Float64, "last_planned_qty": pl.Float64,
    "last_earned_amount": pl.Float64,
}  # fmt: skip


def with_last_decisions(plan: pl.DataFrame, journal: Journal) -> pl.DataFrame:
    """`plan` with what became of the suggestion before, of the same key.

    Adds ``last_status``, ``last_qty`` (base units approved), ``last_planned_qty`` (what the plan had asked for) and
    ``last_earned_amount`` (its score: money beyond ordering nothing); null where nothing was decided.
    """
    last = _last(journal)
    if last.is_empty():
        return plan.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in COLUMNS.items())
    keyed = plan.select(
        "suggestion_id",
        pl.col("action", "sku_id", "location_id").cast(pl.String),
        target=pl.col("po_line_id").cast(pl.String),
    )
    found = keyed.join(last, on=KEY, how="left", maintain_order="left", nulls_equal=True)
    # What was decided on the line itself is its status.
    before = pl.col("last_id") != pl.col("suggestion_id")
    told = found.select(pl.when(before).then(name).alias(name) for name in COLUMNS)
    return plan.hstack([narrow(column) for column in told])


def _last(journal: Journal) -> pl.DataFrame:
    table, event = schema.suggestion.c, schema.event.c
    columns = (
        table.suggestion_id, table.action, table.sku_id, table.destination_id, table.target, table.generation,
        table.status, table.approved, table.planned,
    )  # fmt: skip
    with journal.store.connect() as connection:
        decided = connection.execute(select(*columns).where(table.status.in_(sorted(FROZEN)))).all()
        scores = connection.execute(
            select(event.subject, event.payload).where(event.kind == "score").order_by(event.sequence)
        ).all()
    earned = {subject: json.loads(payload).get("earned") for subject, payload in scores}
    rows = [
        (
            *row[1:6],
            row.suggestion_id,
            row.status,
            float(row.approved),
            float(row.planned),
            _number(earned.get(row.suggestion_id)),
        )
        for row in decided
    ]
    schema_ = dict.fromkeys(KEY, pl.String) | {"generation": pl.Int64, "last_id": pl.String} | COLUMNS
    frame = pl.DataFrame(rows, schema=schema_, orient="row")
    return frame.sort("generation").unique(KEY, keep="last", maintain_order=True).drop("generation")


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
