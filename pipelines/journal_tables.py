"""Schema `feedback`: what dbt reads of the journal of decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import duckdb
import polars as pl

from feedback.confirmed import ConfirmedLine
from feedback.journal import Changes, Head
from feedback.journal.changes import EVENT, SUGGESTION
from feedback.journal.records import as_row
from feedback.states import State
from pipelines.cycle import finish_content
from pipelines.settings import Decisions

TABLES = {
    "in_flight": """
        suggestion_id VARCHAR, action VARCHAR, sku_id VARCHAR, location_id VARCHAR, supplier_id VARCHAR,
        status VARCHAR, in_flight_qty DECIMAL(18, 4), approved_date DATE, alarm_date DATE, expiry_date DATE,
        carrier_id VARCHAR, service_code VARCHAR, billed_weight_g BIGINT, rises_from_qty DECIMAL(18, 4),
        due DATE, from_location_id VARCHAR""",
    "drawn_parcel": "outbound_id VARCHAR, carrier_id VARCHAR, service_code VARCHAR",
    "confirmed_line": """
        source_system VARCHAR, po_line_id VARCHAR, suggestion_id VARCHAR, confirmed_date DATE,
        confirmed_at TIMESTAMPTZ, refused_qty DECIMAL(18, 4)""",
    "suggestion": """
        suggestion_id VARCHAR, action VARCHAR, sku_id VARCHAR, location_id VARCHAR, target VARCHAR,
        generation INTEGER, status VARCHAR, version INTEGER, planned_qty DECIMAL(18, 4), due DATE,
        supplier_id VARCHAR, unit_price DECIMAL(18, 4), currency VARCHAR,
        edited_qty DECIMAL(18, 4), approved_qty DECIMAL(18, 4), accepted_qty DECIMAL(18, 4),
        seen_qty DECIMAL(18, 4), received_qty DECIMAL(18, 4), is_disputed BOOLEAN, until VARCHAR,
        changed_at TIMESTAMPTZ, sequence BIGINT, carrier_id VARCHAR, service_code VARCHAR, is_drawn BOOLEAN,
        is_insured BOOLEAN""",
    "event": """
        sequence BIGINT, occurred_at TIMESTAMPTZ, actor VARCHAR, kind VARCHAR, suggestion_id VARCHAR, version INTEGER,
        payload VARCHAR""",
}
NEW_EVENTS = """
    insert into feedback.event
    select sequence::bigint, "at"::timestamptz, actor, kind, subject, version::integer, payload from copied
"""
NEW_SUGGESTIONS = """
    insert into feedback.suggestion
    select
        suggestion_id, action, sku_id, destination_id, target, generation::integer, status, version::integer,
        planned::decimal(18, 4), due::date, facts ->> '$.supplier_id', (facts ->> '$.unit_price')::decimal(18, 4),
        facts ->> '$.currency', edited::decimal(18, 4), approved::decimal(18, 4), accepted::decimal(18, 4),
        seen::decimal(18, 4), received::decimal(18, 4), disputed::boolean, until, changed_at::timestamptz,
        sequence::bigint, facts ->> '$.carrier_id', facts ->> '$.service_code', (facts ->> '$.is_drawn')::boolean,
        (facts ->> '$.is_insured')::boolean
    from copied
"""
# Columns that a warehouse of an earlier version lacks. No suggestion of then was drawn by chance or insured.
ADDED = {
    "in_flight": {
        "carrier_id": "VARCHAR", "service_code": "VARCHAR", "billed_weight_g": "BIGINT",
        "rises_from_qty": "DECIMAL(18, 4)", "due": "DATE",
        "from_location_id": "VARCHAR",
    },
    "suggestion": {
        "carrier_id": "VARCHAR", "service_code": "VARCHAR", "is_drawn": "BOOLEAN", "is_insured": "BOOLEAN",
    },
}  # fmt: skip
# Parcels that left, or are to leave, by a service that chance gave them.
DRAWN = """
    select sku_id, carrier_id, service_code
    from feedback.suggestion
    where action = 'ship' and is_drawn and approved_qty > 0
    order by all
"""
FLYING = (
    "suggestion_id", "action", "sku_id", "location_id", "supplier_id", "status", "in_flight_qty", "approved_date",
    "alarm_date", "expiry_date", "carrier_id", "service_code", "billed_weight_g", "rises_from_qty",
    "due", "from_location_id",
)  # fmt: skip
CONFIRMED = ("source_system", "po_line_id", "suggestion_id", "confirmed_date", "confirmed_at", "refused_qty")
# Whose copy it is: the last event copied; in a look back the instant it shows.
COPY = "journal"


def create_feedback_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema and the tables that are missing, empty."""
    connection.execute("create schema if not exists feedback")
    for name, columns in TABLES.items():
        connection.execute(f"create table if not exists feedback.{name} ({columns})")
    for name, added in ADDED.items():
        for column, kind in added.items():
            connection.execute(f"alter table feedback.{name} add column if not exists {column} {kind}")


def write_in_flight(
    connection: duckdb.DuckDBPyConnection, flying: Iterable[tuple[State, date]], settings: Decisions
) -> None:
    """Replace `feedback.in_flight`: what the coming plan counts as supply."""
    alarm, expiry = timedelta(days=settings.alarm_days), timedelta(days=settings.expiry_days)
    rows = [
        (
            state.suggestion_id, state.action, state.sku_id, state.destination_id, state.facts.get("supplier_id"),
            state.status, str(state.in_flight), day, day + alarm, day + expiry,
            *(state.facts.get(name) for name in ("carrier_id", "service_code", "billed_weight_g")),
            # What is on order already is no supply of the rise.
            state.facts.get("current_quantity") if state.action == "increase" else None,
            state.due, state.facts.get("from_warehouse_id"),
        )
        for state, day in flying
    ]  # fmt: skip
    connection.execute("begin")
    connection.execute("delete from feedback.in_flight")
    _insert(connection, "insert into feedback.in_flight by name from copied", FLYING, rows)
    connection.execute("commit")


def write_drawn(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple]) -> None:
    """Replace `feedback.drawn_parcel`: parcels that were approved with a service drawn by chance."""
    connection.execute("begin")
    connection.execute("delete from feedback.drawn_parcel")
    columns = ("outbound_id", "carrier_id", "service_code")
    _insert(connection, "insert into feedback.drawn_parcel by name from copied", columns, rows)
    connection.execute("commit")


def write_confirmed(connection: duckdb.DuckDBPyConnection, lines: Iterable[ConfirmedLine]) -> None:
    """Replace `feedback.confirmed_line`: what suppliers said of order lines."""
    rows = [
        (*line.line_id.split(":", 1), line.suggestion_id, line.day, line.said_at, str(line.refused)) for line in lines
    ]
    connection.execute("begin")
    connection.execute("delete from feedback.confirmed_line")
    _insert(connection, "insert into feedback.confirmed_line by name from copied", CONFIRMED, rows)
    connection.execute("commit")


def copied_head(connection: duckdb.DuckDBPyConnection) -> Head | None:
    """The last event that `feedback.event` holds; None if the copy is none of the journal as it is."""
    row = connection.execute("select fingerprint from control.stage_fingerprint where stage = ?", [COPY]).fetchone()
    sequence, _, digest = (row[0] if row else "").partition(":")
    return Head(int(sequence), digest) if sequence.isdigit() else None


def copy_changes(connection: duckdb.DuckDBPyConnection, changes: Changes, whole: bool) -> None:
    """Bring `feedback.event` and `feedback.suggestion` up to date; `whole` begins anew."""
    connection.execute("begin")
    if whole:
        connection.execute("delete from feedback.event")
        connection.execute("delete from feedback.suggestion")
    _insert(connection, NEW_EVENTS, EVENT, changes.events)
    touched = [row[0] for row in changes.suggestions]
    connection.execute(
        "delete from feedback.suggestion where suggestion_id in (select unnest(?::varchar[]))", [touched]
    )
    _insert(connection, NEW_SUGGESTIONS, SUGGESTION, changes.suggestions)
    finish_content(connection, COPY, f"{changes.head.sequence}:{changes.head.hash}")
    connection.execute("commit")


def copy_past(
    connection: duckdb.DuckDBPyConnection, events: Sequence[dict], states: Iterable[State], instant: datetime
) -> None:
    """Replace both tables by what the journal said at an instant of the past."""
    connection.execute("begin")
    connection.execute("delete from feedback.event")
    connection.execute("delete from feedback.suggestion")
    _insert(connection, NEW_EVENTS, EVENT, [tuple(event[name] for name in EVENT) for event in events])
    rows = [as_row(state, 0) for state in states]
    _insert(connection, NEW_SUGGESTIONS, SUGGESTION, [tuple(row[name] for name in SUGGESTION) for row in rows])
    finish_content(connection, COPY, f"as of {instant.isoformat()}")
    connection.execute("commit")


def _insert(connection: duckdb.DuckDBPyConnection, sql: str, columns: Sequence[str], rows: Sequence[tuple]) -> None:
    if not rows:
        return
    text = {name: [None if value is None else str(value) for value in values]
            for name, values in zip(columns, zip(*rows, strict=True), strict=True)}  # fmt: skip
    connection.register("copied", pl.DataFrame(text, schema=dict.fromkeys(columns, pl.String)).to_arrow())
    connection.execute(sql)
    connection.unregister("copied")


def counted(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Base units in flight that the plan counts as supply, by suggestion id."""
    return dict(connection.execute("select suggestion_id, in_flight_qty from feedback.in_flight").fetchall())
