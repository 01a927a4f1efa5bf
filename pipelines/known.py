"""Schema `known`: what the business knew at `as_of`, one view per contract table (contract §0.2).

dbt reads these views and never `raw`, so no model can see past `as_of`, whatever it does. Keys of things are ours in
them: a system that names a thing differently is translated by the key map of that instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb

from contracts.model import Table
from pipelines.abreast import abreast
from pipelines.ingestion.keys import KEY_MAP, Spoken, known_keys, own_keys, spoken
from pipelines.ingestion.schema import contract_tables, literal, quote

LINEAGE = ("known_at", "_load_id", "_line_no")
# Tables whose superseded versions tell something by themselves: how a promise moved.
PROMISES = ("procurement.purchase_order_line",)


class NothingKnownError(Exception):
    """No delivery tells an instant to plan at."""


def latest_known(connection: duckdb.DuckDBPyConnection) -> datetime:
    """The latest instant the data know of: the last declared extraction, else the last event.

    Raises
    ------
    NothingKnownError
        When nothing was loaded yet.
    """
    (instant,) = connection.execute(
        "select coalesce(max(extracted_at), max(known_to)) from control.delivery where status = 'loaded'"
    ).fetchone()
    if instant is None:
        raise NothingKnownError("nothing was loaded yet: put exports into inbox/ and run again")
    return instant


def create_known_views(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, beside: duckdb.DuckDBPyConnection | None = None
) -> list[str]:
    """Define `known.<table>` for every contract table; returns the tables that need a replay of the past.

    Of the tables in `PROMISES` every version known by then is kept beside, as `known.<table>__versions`. With
    `beside`, another connection to the warehouse, what they are to say is looked up two at a time.
    """
    connections = [connection] if beside is None else [connection, beside]
    tables = list(contract_tables().values())
    connection.begin()
    try:
        connection.execute("delete from control.key")
        connection.execute(f"insert into control.key {keys_known(connection, as_of)}")
        systems = own_keys(connection)
        found = abreast(
            [()] * len(tables),
            lambda place, lane: _views(connections[lane], tables[place], as_of, systems),
            len(connections),
        )
        # Either all of them are of this instant, or none is.
        for views, _ in found:
            for name, select in views.items():
                connection.execute(f"create or replace view known.{name} as {select}")
        replayed = [table.qualified for table, (_, is_replayed) in zip(tables, found, strict=True) if is_replayed]
        connection.execute("delete from control.latest")
        connection.execute("insert into control.latest values (?)", [as_of])
        connection.execute("delete from control.replayed")
        connection.execute("insert into control.replayed select unnest(?::varchar[])", [replayed])
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return replayed


def _views(
    connection: duckdb.DuckDBPyConnection, table: Table, as_of: datetime, systems: Mapping[str, list[str]]
) -> tuple[dict[str, str], bool]:
    """The views of one table by name, and whether they replay the past."""
    translation = spoken(connection, table, systems)
    select, is_replayed = known_rows(connection, table, as_of, translation)
    views = {table.raw_name: select}
    if table.qualified in PROMISES:
        views[f"{table.raw_name}__versions"] = known_versions(table, as_of, translation)
    return views, is_replayed


def keys_known(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> str:
    """Query for what the key map said at `as_of`, as `control.key` has it."""
    return known_keys(known_rows(connection, contract_tables()[KEY_MAP], as_of, Spoken({}, ""))[0])


def known_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, as_of: datetime, translation: Spoken
) -> tuple[str, bool]:
    """SQL for the rows of a table that were known at `as_of`, in our keys, and whether that replays the past."""
    is_replayed = _changed_after(connection, table, as_of)
    rows = _replayed(table, as_of) if is_replayed else _latest(table, as_of)
    return _in_our_keys(rows, table, translation), is_replayed


def _in_our_keys(rows: str, table: Table, translation: Spoken) -> str:
    if not translation.columns:
        return rows
    names = (*(column.name for column in table.all_columns), *LINEAGE)
    columns = ", ".join(f"{translation.column(name)} as {quote(name)}" for name in names)
    return f"select {columns} from ({rows}) as t {translation.joins}"


def unknowable_rows(connection: duckdb.DuckDBPyConnection, table: Table, as_of: datetime) -> int:
    """How many rows known at `as_of` have no version from then, so that their state columns are NULL."""
    instant, key = _instant(as_of), ", ".join(quote(name) for name in table.primary_key)
    [(rows,)] = connection.execute(
        f"""select count(*) from (
            select {key} from (
                select * from raw.{table.raw_name} union all by name select * from history.{table.raw_name})
            where known_at <= {instant} group by {key} having min(updated_at) > {instant})"""
    ).fetchall()
    return rows


def _instant(as_of: datetime) -> str:
    return f"timestamptz {literal(as_of.isoformat())}"


def _columns(table: Table) -> str:
    return ", ".join(quote(name) for name in (*(c.name for c in table.all_columns), *LINEAGE))


def _changed_after(connection: duckdb.DuckDBPyConnection, table: Table, as_of: datetime) -> bool:
    """Whether `raw` holds a version from after `as_of`; zone maps answer this without a scan."""
    (latest,) = connection.execute(
        f"select greatest(max(updated_at), max(known_at)) from raw.{table.raw_name}"
    ).fetchone()
    return latest is not None and latest > as_of


def _latest(table: Table, as_of: datetime) -> str:
    """`as_of` lies after every version: the current rows are what was known."""
    return f"select {_columns(table)} from raw.{table.raw_name} where not is_deleted and known_at <= {_instant(as_of)}"


def _replayed(table: Table, as_of: datetime) -> str:
    """The newest version of its day from current and superseded rows.

    A row whose event lies before `as_of` but whose only version is later was known by its facts:
    its `state` columns (status, quantities received so far ...) are NULL, since nobody can tell
    what they were then.
    """
    instant = _instant(as_of)
    key = ", ".join(quote(name) for name in table.primary_key)
    later = f"coalesce(updated_at > {instant}, false)"
    columns = [
        f"case when {later} then null else {quote(c.name)} end as {quote(c.name)}" if c.state else quote(c.name)
        for c in table.all_columns
    ]
    versions = f"select * from raw.{table.raw_name} union all by name select * from history.{table.raw_name}"
    return f"""
        select {", ".join(columns + list(LINEAGE))}
        from (
            select * from ({versions}) where known_at <= {instant}
            qualify row_number() over (
                partition by {key}
                order by {later}, case when {later} then updated_at end asc nulls last,
                    updated_at desc nulls last, source_seq desc nulls last, known_at desc, _row_hash desc) = 1)
        where not is_deleted
    """


def known_versions(table: Table, as_of: datetime, translation: Spoken) -> str:
    """SQL for every version that was known at `as_of`, current and superseded, in our keys."""
    instant = _instant(as_of)
    of_schema = (
        f"select {_columns(table)} from {schema}.{table.raw_name} "
        f"where not is_deleted and known_at <= {instant} and coalesce(updated_at <= {instant}, true)"
        for schema in ("raw", "history")
    )
    return _in_our_keys(" union all ".join(of_schema), table, translation)
