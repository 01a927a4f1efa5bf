"""What a plan would have stood on at an instant of the past, in a file of its own.

The rows known then are copied out of the warehouse into one beside it, the marts that planning reads are built there,
and only they are kept. Nothing of the workspace is written: a look back does not disturb the day's work.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.ingestion.keys import own_keys, spoken
from pipelines.ingestion.schema import contract_tables, create_warehouse, literal
from pipelines.journal import open_journal
from pipelines.journal_tables import create_feedback_tables, write_confirmed, write_drawn, write_in_flight
from pipelines.known import PROMISES, keys_known, known_rows, known_versions, unknowable_rows
from pipelines.planning.recognition import confirmed, drawn, flying
from pipelines.planning.tables import create_plan_tables
from pipelines.settings import Settings
from pipelines.transformation import PLANNING, TransformationError, manifest, run_pass
from pipelines.warehouse import connect, open_warehouse
from pipelines.workspace import Workspace

# When a delivery, and what ingestion said of it, came to be known.
THEN = {
    "delivery": "coalesce(extracted_at, loaded_at)",
    "drift": "first_seen",
    "quarantine": "first_seen",
}
AS_THEY_ARE = ("contract_table",)
KEYS_THEN = "past.control.key"


class RebuildError(Exception):
    """The past cannot be rebuilt; the message says why and what to do."""


@dataclass(frozen=True)
class NotKnown:
    """Columns of a contract table whose value at the instant nobody can tell, and of how many rows."""

    contract: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Rebuilt:
    """What was written: how many marts, of which instant, and what could not be known."""

    as_of: datetime
    marts: int
    not_known: tuple[NotKnown, ...]


def rebuild(workspace: Workspace, settings: Settings, as_of: datetime, file: Path, overwrite: bool = False) -> Rebuilt:
    """Build the marts that planning reads as of `as_of` into the DuckDB file `file`.

    Beside the marts it holds the tables `as_of` (one row) and `not_known` (the columns that are NULL because only
    later versions tell them). The file is complete when it appears under its name.

    Raises
    ------
    RebuildError
        If `file` exists and `overwrite` is not set, its folder does not, or nothing was known by then.
    TransformationError
        If a model or a test fails on what was known.
    """
    if file.exists() and not overwrite:
        raise RebuildError(f"{file} exists already. Name another file, or give --overwrite.")
    if not file.absolute().parent.is_dir():
        raise RebuildError(f"{file.absolute().parent} is no folder. Make it first, or name another.")
    with past_workspace(workspace, settings, as_of) as (past, not_known):
        marts = _keep_marts(past, settings, as_of, not_known)
        (past.root / "kept.duckdb").replace(file)
    return Rebuilt(as_of, marts, not_known)


@contextmanager
def past_workspace(
    workspace: Workspace, settings: Settings, as_of: datetime, by_event: bool = False
) -> Iterator[tuple[Workspace, tuple[NotKnown, ...]]]:
    """A workspace beside this one whose warehouse is what a plan at `as_of` would have read, and what is not known.

    It goes with the context. `by_event`: before the first delivery, rows count as known from their event on, as if the
    history that came at once had come day by day.

    Raises
    ------
    RebuildError
        If nothing was known by then.
    TransformationError
        If a model or a test fails on what was known.
    """
    if not workspace.warehouse.exists():
        raise RebuildError(f"{workspace.root} has loaded nothing yet. Run the loop once: `supplyloop run`.")
    aside = Path(tempfile.mkdtemp(prefix=".rebuild-", dir=workspace.root))
    try:
        past = Workspace(aside)
        not_known = _copy_known(workspace, settings, past, as_of, by_event)
        built = run_pass(past, settings, PLANNING)
        if built.error:
            raise TransformationError(built.error)
        yield past, not_known
    finally:
        shutil.rmtree(aside)


def _copy_known(
    workspace: Workspace, settings: Settings, past: Workspace, as_of: datetime, by_event: bool
) -> tuple[NotKnown, ...]:
    """Make the warehouse of `past`: of every contract table that planning reads the rows known at `as_of`."""
    wanted = _sources(workspace, settings)
    with connect(past, settings) as empty:
        create_warehouse(empty)
        create_plan_tables(empty)
        create_feedback_tables(empty)
        _copy_in_flight(empty, workspace, settings, as_of)
    not_known = []
    with open_warehouse(workspace, settings, "as-of") as connection:
        connection.execute(f"attach {literal(str(past.warehouse))} as past")
        _copy_control(connection, as_of, by_event)
        connection.execute(f"insert into past.control.key {keys_known(connection, as_of)}")
        systems = own_keys(connection, KEYS_THEN)
        for table in contract_tables().values():
            if table.raw_name not in wanted:
                continue
            translation = spoken(connection, table, systems, KEYS_THEN)
            select, is_replayed = known_rows(connection, table, as_of, translation)
            connection.execute(f"create table past.known.{table.raw_name} as {select}")
            state = tuple(column.name for column in table.all_columns if column.state)
            rows = unknowable_rows(connection, table, as_of) if is_replayed and state else 0
            if rows:
                not_known.append(NotKnown(table.qualified, state, rows))
            if table.qualified in PROMISES:
                versions = known_versions(table, as_of, translation)
                connection.execute(f"create table past.known.{table.raw_name}__versions as {versions}")
        connection.execute("detach past")
    return tuple(not_known)


def _copy_in_flight(past: duckdb.DuckDBPyConnection, workspace: Workspace, settings: Settings, as_of: datetime) -> None:
    """What was approved by then and not seen, and what suppliers had said; without a journal there is neither."""
    if not settings.decisions.url and not workspace.decisions.exists():
        return
    journal = open_journal(workspace, settings)
    try:
        write_in_flight(past, flying(journal, settings.zone, as_of), settings.decisions)
        write_confirmed(past, confirmed(journal, as_of))
        write_drawn(past, drawn(journal, as_of))
    finally:
        journal.store.dispose()


def _sources(workspace: Workspace, settings: Settings) -> set[str]:
    """Names of the tables in schema `known` that the marts to plan on stand on."""
    parsed = manifest(workspace, settings)
    nodes = parsed["nodes"]
    ahead = [name for name, node in nodes.items() if {"planning", "after_plan"} & set(node["tags"])]
    seen: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += parsed["parent_map"].get(name, [])
    return {parsed["sources"][name]["identifier"] for name in seen if name.startswith("source.")}


def _copy_control(connection: duckdb.DuckDBPyConnection, as_of: datetime, by_event: bool) -> None:
    instant = f"timestamptz {literal(as_of.isoformat())}"
    for name, known in THEN.items():
        connection.execute(f"insert into past.control.{name} by name from control.{name} where {known} <= {instant}")
    for name in AS_THEY_ARE:
        connection.execute(f"delete from past.control.{name}")
        connection.execute(f"insert into past.control.{name} by name from control.{name}")
    connection.execute(f"insert into past.control.latest by name select {instant} as as_of")
    [(loads,)] = connection.execute("select count(*) from past.control.delivery where status = 'loaded'").fetchall()
    if not loads and by_event:
        connection.execute(
            f"""insert into past.control.delivery by name
            select * replace (
                least(extracted_at, {instant}) as extracted_at, least(loaded_at, {instant}) as loaded_at
            ) from control.delivery where status = 'loaded'"""
        )
    elif not loads:
        [(first,)] = connection.execute(f"select min({THEN['delivery']}) from control.delivery").fetchall()
        raise RebuildError(
            f"nothing was known at {as_of.isoformat()}: the first delivery is of {first}. Name a later instant."
        )


def _keep_marts(past: Workspace, settings: Settings, as_of: datetime, not_known: tuple[NotKnown, ...]) -> int:
    """Copy the marts and what could not be known into `kept.duckdb`; returns how many marts there are."""
    with connect(past, settings) as connection:
        connection.execute(f"attach {literal(str(past.root / 'kept.duckdb'))} as kept")
        marts = connection.execute(
            "select table_name, comment from duckdb_tables() "
            "where schema_name = 'marts' and database_name = current_database() order by 1"
        ).fetchall()
        for name, comment in marts:
            connection.execute(f'create table kept."{name}" as from marts."{name}"')
            connection.execute(f'comment on table kept."{name}" is {literal(comment)}')
        connection.execute("create table kept.as_of as select ?::timestamptz as as_of", [as_of.isoformat()])
        connection.execute('create table kept.not_known (contract varchar, "columns" varchar[], "rows" bigint)')
        for lost in not_known:
            connection.execute("insert into kept.not_known values (?, ?, ?)", [lost.contract, lost.columns, lost.rows])
        connection.execute("detach kept")
    return len(marts)
