"""What broke its contract, kept whole: file, line, raw line, columns and reason (contract §0.6).

Faults are gathered in the temporary table `faults` and written at once, so that a file of nothing but
bad rows takes no more memory than a good one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import duckdb

from contracts.model import Table
from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.personal import cleaner
from pipelines.ingestion.readers.raw import find_raw_lines, line_of, part_of
from pipelines.ingestion.readers.relation import LINE, MEMBER, Staged
from pipelines.ingestion.schema import literal, quote

# A file that is held is mended and sent again: the first of its bad rows tell what is wrong with it.
HELD_ROWS = 10_000


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Start with no faults."""
    connection.execute(
        "create or replace temp table faults (line_no bigint, stage varchar, reason_code varchar, "
        "columns varchar[], status varchar, resolved_by varchar, raw_line varchar, parsed varchar)"
    )


def count(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute("select count(*) from faults").fetchone()[0]


def add_refused_lines(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Records that cannot be taken apart."""
    if staged.refused.num_rows:
        refused = staged.refused  # noqa: F841 (the engine reads it by its name)
        connection.execute(
            "insert into faults by name select line_no, 'parse' as stage, reason as reason_code, [] as columns, "
            "'open' as status, text as raw_line from refused"
        )


def add_unclaimed(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Rows that no target of the mapping takes: named, not dropped."""
    claims = [target.where for target, _ in delivery.targets]
    if any(claim is None for claim in claims):
        return
    claimed = " or ".join(f"coalesce({claim}, false)" for claim in claims)
    connection.execute(
        f"""insert into faults select {LINE}, 'business', 'no_target', [], 'open', null, null, null
            from staged where not ({claimed})"""
    )


def add_bad_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Rows of `conformed` that break the contract; `_bad` is `column:reason` joined by blanks."""
    typed = ", ".join(f"{literal(column.name)}, {quote(column.name)}" for column in table.all_columns)
    units = "json_merge_patch(json_object({}), json_object('_units', json_extract(_extra, '$._units')))"
    connection.execute(f"delete from wanted_lines; insert into wanted_lines select {LINE} from keys where is_bad")
    connection.execute(
        f"""insert into faults
            select
                {LINE},
                case
                    when list_contains(reasons, 'missing_key') then 'key'
                    when list_contains(reasons, 'undecodable') then 'decode'
                    when list_has_all(['unknown_unit'], reasons) then 'fk'
                    else 'type'
                end,
                reasons[1], columns, 'open', null, null, parsed
            from (
                select
                    {LINE}, cast({units.format(typed)} as varchar) as parsed,
                    list_transform(string_split(_bad, ' '), lambda item: split_part(item, ':', 2)) as reasons,
                    list_transform(string_split(_bad, ' '), lambda item: split_part(item, ':', 1)) as columns
                from wanted)"""
    )


def add_mutated_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Facts that contradict a known fact under the same key."""
    connection.execute(
        f"insert into faults select {LINE}, 'key', 'mutated_fact', ?, 'open', null, null, null from mutated",
        [list(table.primary_key)],
    )


def add_set_aside(connection: duckdb.DuckDBPyConnection, where: str, aside: str, mapping: str) -> None:
    """Rows that the mapping names and keeps out, each with its reason."""
    connection.execute(
        f"""insert into faults
            select {LINE}, 'business', {aside}, [], 'waived', {literal("mapping " + mapping)}, null, null
            from staged where ({where}) and ({aside}) is not null"""
    )


def write(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    table: Table,
    source: Staged,
    seen_at: datetime,
    at_most: int | None = None,
) -> None:
    """Write the faults to `control.quarantine`, with the raw line of each (`at_most`: of the first few)."""
    if at_most is not None:
        connection.execute(
            f"delete from faults where line_no > (select max(line_no) from "
            f"(select line_no from faults order by 1 limit {at_most}))"
        )
    if not count(connection):
        return
    find_raw_lines(connection, delivery, source)
    with _kept_raw(connection, delivery) as kept_raw:
        _insert(connection, delivery, table, source, seen_at, kept_raw)
    begin(connection)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    table: Table,
    source: Staged,
    seen_at: datetime,
    kept_raw: str,
) -> None:
    connection.execute(
        f"""insert into control.quarantine by name
            select
                left(sha256(concat_ws('|', $load, $contract, f.line_no, reason_code)), 24) as quarantine_id,
                $load as load_id, $file as file_name, $sha256 as file_sha256,
                {line_of(delivery, "f.line_no")} as line_no, {part_of(delivery, source, "f.line_no")} as sheet,
                $contract as contract, $version as contract_version, stage, reason_code, columns,
                {kept_raw}(coalesce(f.raw_line, r.raw_line), stage = 'parse') as raw_line, parsed,
                $seen_at as first_seen, status, resolved_by
            from faults as f left join raw_lines as r
                on r.member = f.line_no // {MEMBER} and r.line = {line_of(delivery, "f.line_no")}
            -- A row that feeds a table twice, as two charges of a parcel do, stands here once for one reason.
            qualify row_number() over (partition by quarantine_id order by f.line_no) = 1
                and quarantine_id not in (select quarantine_id from control.quarantine where load_id = $load)""",
        {
            "load": delivery.load_id,
            "contract": table.qualified,
            "file": delivery.path.name,
            "sha256": delivery.sha256,
            "version": table.version,
            "seen_at": seen_at,
        },
    )


@contextmanager
def _kept_raw(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Iterator[str]:
    """What the engine calls the function that takes personal data out of a raw row.

    All connections know it, so each file that is loaded has one by a name of its own.
    """
    names = [column[0] for column in connection.execute("select * from staged limit 0").description]
    clean = cleaner(delivery, [name for name in names if name != LINE])
    name = "kept_raw_" + delivery.load_id.replace("-", "_")
    connection.create_function(name, clean, ["VARCHAR", "BOOLEAN"], "VARCHAR")
    try:
        yield name
    finally:
        with suppress(duckdb.TransactionException):  # what failed has undone it
            connection.remove_function(name)


def add_displaced(connection: duckdb.DuckDBPyConnection, table: Table, seen_at: datetime) -> None:
    """Stored facts that an older one contradicts, out of `displaced`: their line is kept as the row it became."""
    connection.execute(
        f"""insert into control.quarantine by name
            select
                left(sha256(concat_ws('|', s._load_id, $contract, s.{LINE}, 'mutated_fact')), 24) as quarantine_id,
                s._load_id as load_id, d.file_name, d.file_sha256, s.{LINE} as line_no, $contract as contract,
                d.contract_version, 'key' as stage, 'mutated_fact' as reason_code, $key::varchar[] as columns,
                cast(to_json(s) as varchar) as raw_line, $seen_at as first_seen, 'open' as status
            -- A file may feed the table twice, as a bill does with two charges of a parcel: it is one delivery.
            from displaced as s left join (
                select distinct on (load_id) load_id, file_name, file_sha256, contract_version
                from control.delivery where contract = $contract and status = 'loaded') as d
                on d.load_id = s._load_id""",
        {"contract": table.qualified, "key": list(table.primary_key), "seen_at": seen_at},
    )
