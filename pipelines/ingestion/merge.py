"""Conformed rows into `raw.<table>` by the four update semantics (contract §0.3), inside one transaction.

The caller begins and ends the transaction. Whatever the order in which versions arrive, the same
rows end in `raw` and the same superseded ones in `history`.

`conformed` may be a view over a large file: it is read as few times and columns as can be. What does
not go to `raw` is listed by line in `gone`. Only contested keys (those that occur twice, or that are
stored already) are compared row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from contracts.model import Table
from pipelines.ingestion.schema import literal, quote, raw_columns
from pipelines.ingestion.stage import LINE

# Which of two versions of one row is the newer: the source's own order, then what is the same
# whatever arrives first. `updated_at` is NULL where the source has no versions.
NEWEST_FIRST = "updated_at desc nulls last, source_seq desc nulls last, known_at desc, _row_hash desc"
SAME_VERSION = (
    "s._row_hash = c._row_hash and s.updated_at is not distinct from c.updated_at "
    "and s.source_seq is not distinct from c.source_seq"
)


@dataclass(frozen=True)
class Merged:
    """What became of the good rows of one target."""

    loaded: int
    duplicate: int
    superseded: int
    mutated: int


@dataclass(frozen=True)
class Load:
    """The delivery that rows are stamped with."""

    load_id: str
    loaded_at: datetime
    extracted_at: datetime | None
    complete: bool


def merge(connection: duckdb.DuckDBPyConnection, table: Table, load: Load, rows: int, bad: int) -> Merged:
    """Merge `conformed`, `bad` of whose `rows` break the contract; facts that contradict a known one are left in `mutated`."""
    connection.execute(f"create or replace temp table gone ({LINE} bigint)")
    if bad:
        connection.execute(f"insert into gone select {LINE} from conformed where _bad is not null")
    duplicate = mutated = superseded = 0
    if _contest(connection, table):
        same = "s._row_hash = c._row_hash" if table.semantics == "append" else SAME_VERSION
        duplicate = _drop_repeated(connection, table)
        if table.semantics != "snapshot":
            duplicate += _drop_known(connection, table, same)
        if table.semantics == "append":
            mutated = _take_out_mutated(connection, table)
        else:
            superseded = _retire(connection, table, load)
    if table.semantics == "snapshot":
        superseded += _replace_slices(connection, table, load)
    _insert(connection, table, load, "raw", f"conformed where {LINE} not in (from gone)")
    return Merged(rows - bad - duplicate - superseded - mutated, duplicate, superseded, mutated)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return connection.execute(f"select count(*) from {relation}").fetchone()[0]


def _key(table: Table) -> str:
    return ", ".join(quote(name) for name in table.primary_key)


def _same(names: tuple[str, ...], left: str, right: str) -> str:
    # Key parts are never NULL: the contract gives each a value or a default.
    return " and ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in names)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: Table, load: Load, schema: str, relation: str
) -> None:
    """Stamp rows of the delivery and insert them."""
    instant = f"timestamptz {literal(load.loaded_at.isoformat())}"
    stamps = {
        "_load_id": literal(load.load_id),
        "_first_loaded_at": instant,
        "_last_changed_at": instant,
    }
    columns = list(raw_columns(table))
    values = ", ".join(stamps.get(name, quote(name)) for name in columns)
    connection.execute(
        f"insert into {schema}.{table.raw_name} ({', '.join(map(quote, columns))}) select {values} from {relation}"
    )


def _contest(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Put the incoming rows whose key occurs twice, or is stored, into `rivals`, with the stored ones.

    A snapshot competes with stored slices as a whole (`_replace_slices`), its rows only with each other.
    """
    key, raw = _key(table), f"raw.{table.raw_name}"
    stored = ""
    if table.semantics != "snapshot" and _count(connection, f"(from {raw} limit 1)"):
        stored = (
            f"union select hash({key}) from {raw} as s "
            f"where exists (select 1 from conformed as c where {_same(table.primary_key, 's', 'c')})"
        )
    connection.execute(
        f"""create or replace temp table contested as
            select h from (select hash({key}) as h from conformed where _bad is null)
            group by h having count(*) > 1 {stored}"""
    )
    if not _count(connection, "contested"):
        return False
    columns = f"{key}, updated_at, source_seq, known_at, _row_hash, {LINE}"
    rivals = f"select {columns}, false as is_stored from conformed where _bad is null and hash({key}) in (from contested)"
    if stored:
        rivals += f" union all select {columns}, true from {raw} where hash({key}) in (from contested)"
    connection.execute(f"create or replace temp table rivals as {rivals}")
    return True


def _drop(connection: duckdb.DuckDBPyConnection, lines: str) -> int:
    """Take the incoming rows that the query `lines` names out of the running."""
    connection.execute(f"create or replace temp table dropped as {lines}")
    connection.execute("insert into gone from dropped")
    connection.execute(f"delete from rivals where not is_stored and {LINE} in (from dropped)")
    return _count(connection, "dropped")


def _drop_repeated(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Drop lines that say in the same version what an earlier line of the file says."""
    version = "_row_hash" if table.semantics == "append" else "updated_at, source_seq, _row_hash"
    return _drop(
        connection,
        f"""select {LINE} from rivals where not is_stored
            qualify row_number() over (partition by {_key(table)}, {version} order by {LINE}) > 1""",
    )


def _drop_known(connection: duckdb.DuckDBPyConnection, table: Table, same_version: str) -> int:
    """Drop rows whose version the table or its history holds already."""
    same_key = _same(table.primary_key, "s", "c")
    return _drop(
        connection,
        f"""select distinct c.{LINE} from rivals as c
            join (select {_key(table)}, updated_at, source_seq, _row_hash from rivals where is_stored
                union all
                select {_key(table)}, updated_at, source_seq, _row_hash from history.{table.raw_name}) as s
            on {same_key} and {same_version} where not c.is_stored""",
    )


def _take_out_mutated(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """List facts that contradict a stored fact, or an earlier line, in `mutated`."""
    connection.execute(
        f"""create or replace temp table mutated as
            select {LINE} from (
                select *, row_number() over (partition by {_key(table)} order by is_stored desc, {LINE}) as place
                from rivals)
            where place > 1 and not is_stored"""
    )
    return _drop(connection, f"select {LINE} from mutated")


def _retire(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> int:
    """Send all but the newest version of each key to `history`; returns how many incoming ones went."""
    connection.execute(
        f"""create or replace temp table losers as select * from rivals
            qualify row_number() over (partition by {_key(table)} order by {NEWEST_FIRST}) > 1"""
    )
    late = f"select {LINE} from losers where not is_stored"
    _insert(connection, table, load, "history", f"conformed where {LINE} in ({late})")
    same_key = _same(table.primary_key, "s", "c")
    _move_to_history(connection, table, f"select 1 from losers as c where c.is_stored and {same_key}")
    return _drop(connection, late)


def _replace_slices(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> int:
    """Let the latest delivery of each slice stand alone; an incomplete one replaces only its own keys."""
    slices = ("source_system", *table.slice)
    extracted = (
        f"timestamptz {literal(load.extracted_at.isoformat())}" if load.extracted_at else "'-infinity'"
    )
    incoming = f"(select * from conformed where {LINE} not in (from gone))"
    connection.execute(
        f"""create or replace temp table later as
            select distinct {", ".join("s." + quote(name) for name in slices)}
            from raw.{table.raw_name} as s
            join control.delivery as d on d.load_id = s._load_id and d.contract = {literal(table.qualified)}
            where (coalesce(d.extracted_at, '-infinity'), d.load_id) > ({extracted}, {literal(load.load_id)})
                and exists (select 1 from {incoming} as c where {_same(slices, "s", "c")})"""
    )
    connection.execute(
        f"""create or replace temp table late as select c.{LINE} from {incoming} as c
            where exists (select 1 from later as s where {_same(slices, "s", "c")})"""
    )
    _insert(connection, table, load, "history", f"conformed where {LINE} in (from late)")
    connection.execute("insert into gone from late")
    names = slices if load.complete else table.primary_key
    _move_to_history(connection, table, f"select 1 from {incoming} as c where {_same(names, 's', 'c')}")
    return _count(connection, "late")


def _move_to_history(connection: duckdb.DuckDBPyConnection, table: Table, exists: str) -> None:
    raw, history = f"raw.{table.raw_name}", f"history.{table.raw_name}"
    connection.execute(f"insert into {history} by name select s.* from {raw} as s where exists ({exists})")
    connection.execute(f"delete from {raw} as s where exists ({exists})")
