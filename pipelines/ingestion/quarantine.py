"""What broke its contract, kept whole: file, line, raw line, columns and reason (contract §0.6)."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from contracts.model import Table
from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.stage import LINE, Staged
from pipelines.ingestion.text import CHUNK_BYTES, Utf8Stream, open_bytes

RAW_LINE_CHARACTERS = 100_000


@dataclass(frozen=True)
class Fault:
    """One row that is not loaded. `status` is `open`, or `waived` where the mapping sets it aside."""

    line_no: int
    stage: str
    reason_code: str
    columns: tuple[str, ...]
    status: str = "open"
    resolved_by: str | None = None


def refused_lines(staged: Staged) -> list[Fault]:
    """Lines that do not split into the header's columns."""
    return [Fault(line.line_no, "parse", "wrong_column_count", ()) for line in staged.refused]


def bad_rows(connection: duckdb.DuckDBPyConnection) -> list[Fault]:
    """Rows of `conformed` that break the contract."""
    rows = connection.execute(
        f"select {LINE}, _bad from conformed where _bad is not null order by 1"
    ).fetchall()
    return [_fault(line, bad) for line, bad in rows]


def _fault(line_no: int, bad: str) -> Fault:
    pairs = [item.rsplit(":", 1) for item in bad.split(" ")]
    reasons = {reason: None for _, reason in pairs}
    stage = "key" if "missing_key" in reasons else "decode" if "undecodable" in reasons else "type"
    return Fault(line_no, stage, next(iter(reasons)), tuple(column for column, _ in pairs))


def mutated_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> list[Fault]:
    """Facts that contradict what was delivered before under the same key."""
    rows = connection.execute(f"select {LINE} from mutated order by 1").fetchall()
    return [Fault(line, "key", "mutated_fact", table.primary_key) for (line,) in rows]


def set_aside(
    connection: duckdb.DuckDBPyConnection, staged: Staged, where: str, aside: str, mapping: str
) -> list[Fault]:
    """Rows that the mapping names and keeps out, each with its reason."""
    rows = connection.execute(
        f"select {LINE}, {aside} from {staged.relation} where ({where}) and ({aside}) is not null order by 1"
    ).fetchall()
    return [
        Fault(line, "business", reason, (), status="waived", resolved_by=f"mapping {mapping}")
        for line, reason in rows
    ]


def record(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    table: Table,
    staged: Staged,
    faults: Sequence[Fault],
    seen_at: datetime,
) -> None:
    """Write faults to `control.quarantine`, with the raw line of each."""
    if not faults:
        return
    raw = _raw_lines(connection, delivery, staged, {fault.line_no for fault in faults})
    rows = [
        (
            _quarantine_id(delivery, table, fault),
            delivery.load_id,
            delivery.path.name,
            delivery.sha256,
            fault.line_no,
            table.qualified,
            table.version,
            fault.stage,
            fault.reason_code,
            list(fault.columns),
            raw.get(fault.line_no),
            None,
            seen_at,
            fault.status,
            fault.resolved_by,
            None,
        )
        for fault in faults
    ]
    _insert_rows(connection, rows)


def _quarantine_id(delivery: Delivery, table: Table, fault: Fault) -> str:
    identity = f"{delivery.load_id}|{table.qualified}|{fault.line_no}|{fault.reason_code}"
    return hashlib.sha256(identity.encode()).hexdigest()[:24]


def _insert_rows(connection: duckdb.DuckDBPyConnection, rows: list[tuple]) -> None:
    names = [row[0] for row in connection.execute("describe control.quarantine").fetchall()]
    faults = pa.table({name: pa.array([row[i] for row in rows]) for i, name in enumerate(names)})
    assert faults.num_rows == len(rows)
    connection.execute("insert into control.quarantine by name select * from faults")


def _raw_lines(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, staged: Staged, wanted: set[int]
) -> dict[int, str]:
    """The lines as they stand in the file; for Parquet the row as JSON."""
    if delivery.format == "parquet":
        listed = ", ".join(str(line) for line in sorted(wanted))
        rows = connection.execute(
            f"select s.{LINE}, cast(to_json(s) as varchar) from {staged.relation} as s where s.{LINE} in ({listed})"
        ).fetchall()
        return dict(rows)
    lines = dict(_lines_of_file(delivery, wanted))
    for refused in staged.refused:
        if refused.line_no in wanted:
            lines[refused.line_no] = refused.text[:RAW_LINE_CHARACTERS]
    return lines


def _lines_of_file(delivery: Delivery, wanted: set[int]) -> Iterable[tuple[int, str]]:
    last = max(wanted)
    with open_bytes(delivery) as raw:
        lines = io.BufferedReader(Utf8Stream(raw, delivery.encoding), CHUNK_BYTES)
        for number, line in enumerate(itertools.islice(lines, last), start=1):
            if number in wanted:
                yield number, line.decode("utf-8").rstrip("\r\n")[:RAW_LINE_CHARACTERS]
