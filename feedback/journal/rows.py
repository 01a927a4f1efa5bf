"""Reads and writes the rows of the journal's tables, inside a transaction that the caller holds."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache

from sqlalchemy import Connection, Insert, Table, case, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from feedback.journal import schema
from feedback.journal.records import NO_HASH, as_state
from feedback.states import IN_FLIGHT, OPEN, State

# SQLite takes no more than 32,766 values in a statement.
CHUNK = 5_000


@dataclass(frozen=True)
class Head:
    """The last event: a publication that anchors it proves that nothing before it was changed."""

    sequence: int
    hash: str


def last_event(connection: Connection) -> Head:
    """The last event and its hash; before the first, sequence 0."""
    table = schema.event
    row = connection.execute(select(table.c.sequence, table.c.hash).order_by(table.c.sequence.desc()).limit(1)).first()
    return Head(0, NO_HASH) if row is None else Head(row.sequence, row.hash)


def all_states(connection: Connection, statuses: Iterable[str] = (), actions: Iterable[str] = ()) -> list[State]:
    """States of all suggestions, or those of `statuses` and `actions`, by id; facts of those open or in flight only."""
    table = schema.suggestion
    current = table.c.status.in_(sorted(OPEN | IN_FLIGHT))
    columns = [column for column in table.c if column.name != "facts"]
    wanted = select(*columns, case((current, table.c.facts), else_=literal("{}")).label("facts"))
    if statuses:
        wanted = wanted.where(table.c.status.in_(sorted(statuses)))
    if actions:
        wanted = wanted.where(table.c.action.in_(sorted(actions)))
    return [as_state(row) for row in connection.execute(wanted.order_by(table.c.suggestion_id)).mappings()]


def states_of(connection: Connection, ids: Iterable[str]) -> dict[str, State]:
    """The states of these suggestions, whole, by id; unknown ids are left out."""
    return {row["suggestion_id"]: as_state(row) for row in _rows_of(connection, schema.suggestion, ids)}


def settings_of(connection: Connection, subjects: Iterable[str]) -> dict[str, Mapping[str, object]]:
    """The rows of these settings, by subject; those nobody decided are left out."""
    return {row["subject"]: dict(row) for row in _rows_of(connection, schema.setting, subjects)}


def approved_on(connection: Connection, ids: Iterable[str], zone: tzinfo) -> dict[str, date]:
    """The business day of the last signature of each of these suggestions that has one."""
    table, ordered, days = schema.event.c, sorted(ids), {}
    for start in range(0, len(ordered), CHUNK):
        of_them = (table.kind == "approve") & table.subject.in_(ordered[start : start + CHUNK])
        for row in connection.execute(select(table.subject, table.at).where(of_them).order_by(table.sequence)):
            days[row.subject] = datetime.fromisoformat(row.at).astimezone(zone).date()
    return days


def events_of(connection: Connection, ids: Iterable[str], kinds: Sequence[str]) -> Iterator[Mapping[str, object]]:
    """Rows of the trail of these suggestions and kinds, those of one suggestion in their order."""
    table, ordered = schema.event.c, sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        of_them = table.subject.in_(ordered[start : start + CHUNK]) & table.kind.in_(kinds)
        yield from connection.execute(select(schema.event).where(of_them).order_by(table.sequence)).mappings()


def seen_lines(connection: Connection) -> dict[str, str]:
    """The suggestion of every order line that was recognised before."""
    table = schema.event.c
    sightings = select(table.subject, table.payload).where(table.kind == "see").order_by(table.sequence)
    rows = connection.execute(sightings)
    return {line: row.subject for row in rows for line in json.loads(row.payload).get("lines", ())}


@contextmanager
def without_collector() -> Iterator[None]:
    """Python's collector walks all rows again and again while many are made, and finds nothing: a third of the time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _rows_of(connection: Connection, table: Table, keys: Iterable[str]) -> Iterator[Mapping[str, object]]:
    [key] = table.primary_key.columns
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        wanted = select(table).where(key.in_(ordered[start : start + CHUNK]))
        yield from connection.execute(wanted).mappings()


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows whose keys are new."""
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(table), rows[start : start + CHUNK])


def replace_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert, or overwrite the row of the same key."""
    for start in range(0, len(rows), CHUNK):
        connection.execute(_upsert(connection.dialect.name, table), rows[start : start + CHUNK])


@cache
def _upsert(dialect: str, table: Table) -> Insert:
    # Made once: to build it takes longer than to run it.
    statement = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect](table)
    [key] = table.primary_key.columns
    others = {column.name: statement.excluded[column.name] for column in table.c if column is not key}
    return statement.on_conflict_do_update(index_elements=[key], set_=others)
