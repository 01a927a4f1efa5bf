"""How open rows of quarantine are closed (contract §0.6).

`replayed`: the same content was loaded again, under mended rules or once more by hand. `superseded`: a later
delivery brought the row in order, found by its key, or brought the whole file again under its dated name.
`waived`: a person decided that it is not needed. A row that fails again is open anew, under its old date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from contracts.model import Table
from pipelines.ingestion.delivery import NAME, Delivery, split_name
from pipelines.ingestion.merge import Load
from pipelines.ingestion.readers.relation import LINE
from pipelines.ingestion.schema import literal, quote

CLOSED = "status = $status, resolved_by = $by, resolved_at = $at, resolved_load_id = $load"


class QuarantineError(Exception):
    """Rows of quarantine cannot be found or closed; the message says which and what to do."""


def close_resolved(connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: Table, load: Load) -> None:
    """Close what a loaded delivery replays or corrects."""
    if _count(connection, "load_id <> $load and status = 'open'", {"load": load.load_id}):
        close_replayed(connection, delivery, load)
        _close_superseded(connection, delivery, table, load)


def close_replayed(connection: duckdb.DuckDBPyConnection, delivery: Delivery, load: Load) -> None:
    """Close what earlier loads of the same content left open; rows that failed again keep their first date."""
    same = {"sha": delivery.sha256, "load": load.load_id}
    if not _count(connection, "file_sha256 = $sha and load_id <> $load and status = 'open'", same):
        return
    connection.execute(
        """update control.quarantine as again set first_seen = old.first_seen
            from (
                select line_no, sheet, contract, reason_code, min(first_seen) as first_seen from control.quarantine
                where file_sha256 = $sha and load_id <> $load and status = 'open' group by all) as old
            where again.load_id = $load and again.line_no = old.line_no and again.contract = old.contract
                and again.sheet is not distinct from old.sheet and again.reason_code = old.reason_code""",
        same,
    )
    connection.execute(
        f"update control.quarantine set {CLOSED} where file_sha256 = $sha and load_id <> $load and status = 'open'",
        {**same, "status": "replayed", "by": load.file_name, "at": load.loaded_at},
    )


def _close_superseded(connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: Table, load: Load) -> None:
    """Close what this delivery corrects: rows it brings by their key, or a file it replaces by its dated name.

    An older delivery that arrives late corrects nothing. Of an undated name (a mapped export that is always
    called so) the next file need not hold the rows again, so that only keys tell.
    """
    values = {"load": load.load_id, "at": load.delivered_at, "contract": table.qualified}
    connection.execute(
        """create or replace temp table correctable as
            select q.* from control.quarantine as q
            left join (
                select load_id, max(coalesce(extracted_at, loaded_at)) as delivered_at
                from control.delivery group by 1) as d using (load_id)
            where q.status = 'open' and q.load_id <> $load and q.contract = $contract
                and coalesce(d.delivered_at, q.first_seen) <= $at""",
        values,
    )
    corrected = _brought_by_key(connection, table)
    if _has_dated_name(delivery):
        corrected.append(f"select quarantine_id from correctable where file_name = {literal(load.file_name)}")
    if corrected:
        connection.execute(
            f"update control.quarantine set {CLOSED} where quarantine_id in ({' union '.join(corrected)})",
            {"status": "superseded", "by": load.file_name, "at": load.loaded_at, "load": load.load_id},
        )


def _brought_by_key(connection: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """Query for the correctable rows whose key the delivery brings in a version that is not older, if any can be."""
    parts = {name: f"json_extract_string(parsed, {literal(f'$.{quote(name)}')})" for name in table.primary_key}
    typed = ", ".join(f"try_cast({sql} as {table.column(name).duckdb_type})" for name, sql in parts.items())
    known = " and ".join(f"{sql} is not null" for sql in parts.values())
    connection.execute(
        f"""create or replace temp table keyed as
            select quarantine_id, parsed, hash({typed}) as h from correctable
            where parsed is not null and reason_code <> 'mutated_fact' and {known}"""
    )
    if not connection.execute("select count(*) from keyed").fetchone()[0]:
        return []
    connection.execute(
        f"""delete from wanted_lines;
            insert into wanted_lines select {LINE} from keys where not is_bad and h in (select h from keyed)"""
    )
    same = " and ".join(f"cast(w.{quote(name)} as varchar) = {sql}" for name, sql in parts.items())
    return [
        f"""select quarantine_id from keyed join wanted as w
            on {same} and coalesce(
                w.updated_at >= try_cast(json_extract_string(parsed, '$.updated_at') as timestamptz), true)"""
    ]


def _has_dated_name(delivery: Delivery) -> bool:
    return delivery.path.parent.name == "policy" or NAME.match(split_name(delivery.path)[0]) is not None


def waive(
    connection: duckdb.DuckDBPyConnection, ids: Sequence[str], reason: str, by: str, at: datetime
) -> list[tuple[str, int, str]]:
    """Close open rows for a reason; returns file, line and reason code of each.

    Raises
    ------
    QuarantineError
        If an id is unknown, names several rows, or its row is closed already; then none is closed.
    """
    if not reason.strip():
        raise QuarantineError("a row is waived for a reason: give --reason TEXT, it stays with the row")
    rows = [find(connection, given) for given in ids]
    for row in rows:
        if row["status"] != "open":
            raise QuarantineError(f"row {row['quarantine_id']} is {row['status']} already, by {row['resolved_by']}")
    connection.execute(
        """update control.quarantine
            set status = 'waived', resolved_by = $by, resolution = $reason, resolved_at = $at
            where list_contains($ids, quarantine_id)""",
        {"by": by, "reason": reason.strip(), "at": at, "ids": [row["quarantine_id"] for row in rows]},
    )
    return [(row["file_name"], row["line_no"], row["reason_code"]) for row in rows]


def find(connection: duckdb.DuckDBPyConnection, given: str) -> dict[str, object]:
    """The row whose id begins with `given`, as column to value.

    Raises
    ------
    QuarantineError
        If there is none, or several.
    """
    cursor = connection.execute("select * from control.quarantine where starts_with(quarantine_id, ?) limit 2", [given])
    columns = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    if not given or len(rows) != 1:
        found = "several rows begin" if rows else "no row of quarantine begins"
        raise QuarantineError(f"{found} with id {given!r}; `supplyloop quarantine list --rows` shows the ids")
    return dict(zip(columns, rows[0], strict=True))


def _count(connection: duckdb.DuckDBPyConnection, where: str, values: dict[str, object]) -> int:
    return connection.execute(f"select count(*) from control.quarantine where {where}", values).fetchone()[0]
