"""Conformed rows into `raw.<table>` by the four update semantics (contract §0.3), inside one transaction.

The caller begins and ends the transaction. Whatever the order in which deliveries arrive, the same
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
from pipelines.ingestion import quarantine
from pipelines.ingestion.schema import literal, quote, raw_columns
from pipelines.ingestion.stage import LINE

# Which of two versions of one row is the newer: what the source says of it, else the delivery that
# says it, else the place in the file. `updated_at` is NULL where the source has no versions.
NEWEST_FIRST = f"updated_at desc nulls last, source_seq desc nulls last, _rank desc nulls last, {LINE} desc"
# A file that is loaded again was delivered when it was loaded first: its rows outrank no later file for it.
FIRST_LOAD = "split_part(load_id, '-', 1)"
# The incoming rows that are still in the running.
STAYING = f"conformed anti join gone using ({LINE})"
FEW = 20_000  # rows
# Of facts that contradict each other the first one told stands.
OLDEST_FIRST = f"updated_at asc nulls last, source_seq asc nulls last, _rank, {LINE}"


@dataclass(frozen=True)
class Merged:
    """What became of the good rows of one target."""

    loaded: int
    duplicate: int
    superseded: int
    mutated: int


@dataclass(frozen=True)
class Load:
    """The delivery that rows are stamped with; `delivered_at` is when the source wrote it, if that is known."""

    load_id: str
    file_name: str
    loaded_at: datetime
    delivered_at: datetime
    complete: bool

    @property
    def rank(self) -> str:
        """SQL for what tells which of two deliveries is the later one."""
        return (
            f"{{'delivered_at': {_instant(self.delivered_at)}, 'file_name': {literal(self.file_name)}, "
            f"'loaded_at': {_instant(self.loaded_at)}}}"
        )


def merge(connection: duckdb.DuckDBPyConnection, table: Table, load: Load, rows: int, bad: int) -> Merged:
    """Merge `conformed`, `bad` of whose `rows` break the contract; contradicting facts are left in `mutated`."""
    has_bad = "is_bad" if bad else "false"
    connection.execute(f"create or replace temp table gone as select {LINE} from keys where {has_bad}")
    raw, history = f"raw.{table.raw_name}", f"history.{table.raw_name}"
    [(has_stored,)] = connection.execute(f"select exists(from {raw}) or exists(from {history})").fetchall()
    duplicate = mutated = superseded = 0
    if _contest(connection, table, load, has_stored, few=rows < FEW):
        duplicate = _drop_repeated(connection, table)
        if has_stored and table.semantics != "snapshot":
            duplicate += _drop_known(connection, table, load)
        if table.semantics == "append":
            mutated = _take_out_mutated(connection, table, load)
        else:
            superseded = _retire(connection, table, load)
    if has_stored and table.semantics == "snapshot":
        _find_deliveries(connection, table)
        superseded += _replace_slices(connection, table, load)
    gone = bad + duplicate + superseded + mutated
    _insert(connection, table, load, "raw", STAYING if gone else "conformed")
    return Merged(rows - gone, duplicate, superseded, mutated)


def _instant(value: datetime) -> str:
    return f"timestamptz {literal(value.isoformat())}"


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return connection.execute(f"select count(*) from {relation}").fetchone()[0]


def _key(table: Table) -> str:
    return ", ".join(quote(name) for name in table.primary_key)


def _same(names: tuple[str, ...], left: str, right: str) -> str:
    # Key parts are never NULL: the contract gives each a value or a default.
    return " and ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in names)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, load: Load, schema: str, relation: str) -> None:
    """Stamp rows of the delivery and insert them."""
    stamps = {
        "_load_id": literal(load.load_id),
        "_fk_missing": "null",  # until references are checked
        "_first_loaded_at": _instant(load.loaded_at),
        "_last_changed_at": _instant(load.loaded_at),
    }
    columns = list(raw_columns(table))
    values = ", ".join(stamps.get(name, quote(name)) for name in columns)
    connection.execute(
        f"insert into {schema}.{table.raw_name} ({', '.join(map(quote, columns))}) select {values} from {relation}"
    )


def _find_deliveries(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """How the loaded deliveries of the table rank, as `Load.rank` does for the incoming one."""
    connection.execute(
        f"""create or replace temp table deliveries as
            select
                load_id as _load_id, coalesce(complete, true) as _complete,
                {{'delivered_at': min(coalesce(extracted_at, loaded_at)) over (partition by {FIRST_LOAD}),
                    'file_name': file_name, 'loaded_at': loaded_at}} as _rank
            from control.delivery where contract = {literal(table.qualified)} and status = 'loaded'
            qualify row_number() over (partition by load_id) = 1"""
    )


def _contest(connection: duckdb.DuckDBPyConnection, table: Table, load: Load, has_stored: bool, few: bool) -> bool:
    """Put the incoming rows whose key occurs twice, or is stored, into `rivals`, with the stored ones.

    A snapshot competes with stored slices as a whole (`_replace_slices`), its rows only with each other.
    """
    has_stored = has_stored and table.semantics != "snapshot"
    stored = f"union {_stored_keys(table, few)}" if has_stored else ""
    [(contested,)] = connection.execute(
        f"""create or replace temp table contested as
            select h from keys where not is_bad group by h having count(*) > 1 {stored}"""
    ).fetchall()
    if not contested:
        return False
    _want(connection, f"select {LINE} from keys where not is_bad and h in (from contested)")
    connection.execute(
        f"""create or replace temp table rivals as
            select {_rival_columns(table)}, {load.rank} as _rank, false as is_stored, null::bigint as _row
            from wanted"""
    )
    if has_stored:
        _find_deliveries(connection, table)
        _add_stored(connection, table)
    return True


def _stored_keys(table: Table, few: bool) -> str:
    """SQL for the hashes of incoming keys that are stored.

    A few keys themselves tell the engine which parts of the table cannot hold them; their hashes tell nothing, so
    that all of it is read. Many keys are compared by their hashes, which are narrow.
    """
    key, raw = _key(table), f"raw.{table.raw_name}"
    if few:
        return f"select hash({key}) as h from {raw} semi join (from conformed where not is_bad) using ({key})"
    return f"select h from keys where not is_bad and h in (select hash({key}) from {raw})"


def _want(connection: duckdb.DuckDBPyConnection, lines: str) -> None:
    """Let `wanted` hold the rows that the query `lines` names."""
    connection.execute("delete from wanted_lines")
    connection.execute(f"insert into wanted_lines {lines}")


def _rival_columns(table: Table) -> str:
    return f"{_key(table)}, updated_at, source_seq, known_at, _row_hash, {LINE}"


def _add_stored(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute("delete from rivals where is_stored")
    connection.execute(
        f"""insert into rivals
            select {_rival_columns(table)}, _rank, true, s.rowid
            from raw.{table.raw_name} as s left join deliveries using (_load_id)
            where hash({_key(table)}) in (from contested)"""
    )


def _order(table: Table) -> str:
    return OLDEST_FIRST if table.semantics == "append" else NEWEST_FIRST


def _version(table: Table) -> tuple[str, ...]:
    """What makes two rows of one key the same version; a fact has no versions."""
    return ("_row_hash",) if table.semantics == "append" else ("_row_hash", "updated_at", "source_seq")


def _same_version(table: Table, left: str, right: str) -> str:
    versions = (f"{left}.{name} is not distinct from {right}.{name}" for name in _version(table))
    return f"{_same(table.primary_key, left, right)} and {' and '.join(versions)}"


def _drop(connection: duckdb.DuckDBPyConnection, lines: str) -> int:
    """Take the incoming rows that the query `lines` names out of the running."""
    [(dropped,)] = connection.execute(f"create or replace temp table dropped as {lines}").fetchall()
    connection.execute("insert into gone from dropped")
    connection.execute(f"delete from rivals where not is_stored and {LINE} in (from dropped)")
    return dropped


def _drop_repeated(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Drop lines that say in the same version what another line of the file says."""
    return _drop(
        connection,
        f"""select {LINE} from rivals where not is_stored
            qualify row_number() over (
                partition by {_key(table)}, {", ".join(_version(table))} order by {_order(table)}) > 1""",
    )


def _drop_known(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> int:
    """Drop rows whose version the table or its history holds already.

    Such a row loads nothing, yet it tells: the version is known since the first delivery that holds
    it, and stands as of the last one (a fact: of the first one).
    """
    if table.semantics == "append":
        told = "(coalesce({0}.updated_at, 'infinity'), coalesce({0}.source_seq, 9223372036854775807), {0}._rank)"
        prevails = f"{told.format('c')} < {told.format('s')}"
    else:
        prevails = "c._rank > s._rank"
    connection.execute(
        f"""create or replace temp table repeats as
            select c.*, c.known_at < s.known_at as is_earlier, {prevails} as prevails, s.place
            from rivals as c
            join (
                select {_rival_columns(table)}, _rank, 'raw' as place from rivals where is_stored
                union all
                select {_rival_columns(table)}, _rank, 'history' as place
                from history.{table.raw_name} left join deliveries using (_load_id)
                where hash({_key(table)}) in (from contested)) as s
            on {_same_version(table, "s", "c")} where not c.is_stored"""
    )
    if _count(connection, "repeats where prevails or is_earlier"):
        _restate(connection, table, load)
    return _drop(connection, f"select {LINE} from repeats")


def _restate(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> None:
    """Let stored versions that the delivery repeats stand as of it, and be known as early as it knew them.

    They are written anew, since the engine keeps all of an update in memory.
    """
    raw, history = f"raw.{table.raw_name}", f"history.{table.raw_name}"
    _want(connection, f"select {LINE} from repeats where prevails")
    connection.execute(
        f"""create or replace temp table restated as
            select
                s.* replace (
                    least(s.known_at, c.known_at) as known_at,
                    if(c.prevails, c.updated_at, s.updated_at) as updated_at,
                    if(c.prevails, c.source_seq, s.source_seq) as source_seq,
                    if(c.prevails, w._extra, s._extra) as _extra,
                    if(c.prevails, {literal(load.load_id)}, s._load_id) as _load_id,
                    if(c.prevails, c.{LINE}, s.{LINE}) as {LINE}),
                c.prevails or c.place = 'raw' as _stands
            from (select * from {raw} union all by name select * from {history}) as s
            join repeats as c on (c.prevails or c.is_earlier) and {_same_version(table, "s", "c")}
            left join wanted as w on w.{LINE} = c.{LINE}"""
    )
    for name, where in ((raw, "_stands"), (history, "not _stands")):
        connection.execute(
            f"""delete from {name} as s where exists (
                select 1 from repeats as c
                where (c.prevails or c.is_earlier) and {_same_version(table, "s", "c")})"""
        )
        connection.execute(f"insert into {name} by name select * exclude (_stands) from restated where {where}")
    _find_deliveries_with(connection, load)
    _add_stored(connection, table)


def _find_deliveries_with(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    connection.execute(f"delete from deliveries where _load_id = {literal(load.load_id)}")
    connection.execute(
        f"insert into deliveries select {literal(load.load_id)}, {str(load.complete).lower()}, {load.rank}"
    )


def _take_out_mutated(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> int:
    """List incoming facts that contradict an older one in `mutated`; a stored one that does leaves the table."""
    connection.execute(
        f"""create or replace temp table contradicting as select * from rivals
            qualify row_number() over (partition by {_key(table)} order by {OLDEST_FIRST}) > 1"""
    )
    connection.execute(f"create or replace temp table mutated as select {LINE} from contradicting where not is_stored")
    if _count(connection, "contradicting where is_stored"):
        raw = f"raw.{table.raw_name}"
        exists = f"exists (select 1 from contradicting as c where c.is_stored and {_same_version(table, 's', 'c')})"
        connection.execute(f"create or replace temp table displaced as select * from {raw} as s where {exists}")
        quarantine.add_displaced(connection, table, load.loaded_at)
        connection.execute(f"delete from {raw} as s where {exists}")
    return _drop(connection, f"select {LINE} from mutated")


def _retire(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> int:
    """Send all but the newest version of each key to `history`; returns how many incoming ones went."""
    connection.execute(
        f"""create or replace temp table losers as select * from rivals
            qualify row_number() over (partition by {_key(table)} order by {NEWEST_FIRST}) > 1"""
    )
    late = f"select {LINE} from losers where not is_stored"
    _want(connection, late)
    _insert(connection, table, load, "history", "wanted")
    _move(connection, table, "select _row from losers where is_stored")
    return _drop(connection, late)


def _replace_slices(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> int:
    """Let each slice be what its latest complete delivery says, and what later incomplete ones add to it."""
    slices = ("source_system", *table.slice)
    names = ", ".join(map(quote, slices))
    raw, history = f"raw.{table.raw_name}", f"history.{table.raw_name}"
    connection.execute(f"create or replace temp table incoming as select {_key(table)}, {LINE} from {STAYING}")
    connection.execute(
        f"""create or replace temp table closed as
            select distinct {names}
            from (select {names}, _load_id from {raw} union all select {names}, _load_id from {history}) as s
            join deliveries as d using (_load_id)
            where d._complete and d._rank > {load.rank}
                and exists (select 1 from incoming as c where {_same(slices, "s", "c")})"""
    )
    connection.execute(
        f"""create or replace temp table late as select {LINE} from incoming as c
            where exists (select 1 from closed as s where {_same(slices, "s", "c")})
                or exists (
                    select 1 from {raw} as s join deliveries as d using (_load_id)
                    where d._rank > {load.rank} and {_same(table.primary_key, "s", "c")})"""
    )
    replaced = _same(slices if load.complete else table.primary_key, "s", "c")
    earlier = f"s._load_id in (select _load_id from deliveries where _rank < {load.rank})"
    open_slice = f"not exists (select 1 from closed as k where {_same(slices, 'k', 'c')})"
    _move(
        connection,
        table,
        f"""select s.rowid from {raw} as s
            where exists (select 1 from incoming as c where {replaced} and {earlier} and {open_slice})""",
    )
    _want(connection, f"select {LINE} from late")
    _insert(connection, table, load, "history", "wanted")
    connection.execute("insert into gone from late")
    return _count(connection, "late")


def _move(connection: duckdb.DuckDBPyConnection, table: Table, rows: str) -> None:
    """Move the rows of `raw` whose rowid the query `rows` gives to `history`."""
    raw, history = f"raw.{table.raw_name}", f"history.{table.raw_name}"
    [(moved,)] = connection.execute(f"create or replace temp table moved as {rows}").fetchall()
    if moved:
        leaving = f"{raw} where rowid in (from moved)"
        connection.execute(f"insert into {history} by name select * replace (null as _fk_missing) from {leaving}")
        connection.execute(f"delete from {leaving}")
