"""One delivery from the inbox into the warehouse: stage, conform, gate, merge, record; one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from contracts.mapping import Mapping, Target
from contracts.model import Table
from pipelines.ingestion import quarantine
from pipelines.ingestion.conform import Conformed, Drift, aside_sql, conform
from pipelines.ingestion.delivery import (
    Delivery,
    DeliveryRefusedError,
    content_hash,
    recognise,
)
from pipelines.ingestion.gate import DeliveryHeldError, check_attested, check_bad_rows, check_totals
from pipelines.ingestion.merge import Load, Merged, merge
from pipelines.ingestion.stage import LINE, Staged, staged


@dataclass(frozen=True)
class Outcome:
    """What became of one file for one contract table (a row of `control.delivery`)."""

    file_name: str
    contract: str | None
    status: str  # loaded, held, refused or duplicate
    reason: str | None = None
    rows_in: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    rows_superseded: int = 0
    rows_set_aside: int = 0
    rows_combined: int = 0
    rows_elsewhere: int = 0

    @property
    def accounted(self) -> int:
        """Rows whose whereabouts are known; equals `rows_in`."""
        return (
            self.rows_loaded + self.rows_quarantined + self.rows_duplicate + self.rows_superseded
            + self.rows_set_aside + self.rows_combined + self.rows_elsewhere
        )  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """The instant that rows are stamped with; only the command line reads the clock."""

    loaded_at: datetime
    business_timezone: str


def ingest_files(
    connection: duckdb.DuckDBPyConnection,
    files: Iterable[Path],
    mappings: Sequence[Mapping],
    clock: Clock,
    on_file: Callable[[Path], None] = lambda path: None,
) -> list[Outcome]:
    """Load every file that was not loaded before; one bad file never stops the others."""
    outcomes: list[Outcome] = []
    for path in files:
        on_file(path)
        outcomes.extend(ingest_file(connection, path, mappings, clock))
    return outcomes


def ingest_file(
    connection: duckdb.DuckDBPyConnection, path: Path, mappings: Sequence[Mapping], clock: Clock
) -> list[Outcome]:
    """Load one file; what goes wrong with it is recorded, named and returned, never raised."""
    sha256 = content_hash(path)
    try:
        delivery = recognise(path, sha256, list(mappings))
    except DeliveryRefusedError as refusal:
        return _refused_unread(connection, path, sha256, refusal, clock)
    before = _seen(connection, delivery)
    if before is not None:
        return _seen_again(connection, delivery, before, clock)
    connection.execute("begin")
    try:
        outcomes = _load(connection, delivery, clock)
        connection.execute("commit")
        return outcomes
    except DeliveryRefusedError as refusal:
        connection.execute("rollback")
        return _record_refusal(connection, delivery, refusal, clock)
    except BaseException:
        connection.execute("rollback")
        raise


def _load(connection: duckdb.DuckDBPyConnection, delivery: Delivery, clock: Clock) -> list[Outcome]:
    with staged(connection, delivery) as source:
        check_attested(delivery, source)
        unclaimed = _unclaimed(connection, delivery, source)
        outcomes = []
        for position, (target, table) in enumerate(delivery.targets):
            lines = quarantine.refused_lines(source) + unclaimed if position == 0 else []
            outcomes.append(_load_target(connection, delivery, target, table, source, lines, clock))
        return outcomes


def _load_target(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    target: Target,
    table: Table,
    source: Staged,
    lines: list[quarantine.Fault],
    clock: Clock,
) -> Outcome:
    counted = conform(connection, delivery, target, table, source, clock.loaded_at, clock.business_timezone)
    faults = lines + (quarantine.bad_rows(connection) if counted.bad else [])
    check_totals(connection, delivery, table, any_bad=bool(faults))
    check_bad_rows(delivery, table, len(faults), source.rows - counted.elsewhere)
    load = Load(
        delivery.load_id,
        clock.loaded_at,
        delivery.extracted_at,
        delivery.manifest.complete if delivery.manifest else True,
    )
    merged = merge(connection, table, load, counted.rows, counted.bad)
    if merged.mutated:
        faults += quarantine.mutated_rows(connection, table)
    if counted.set_aside:
        where, aside = target.where or "true", aside_sql(target)
        faults += quarantine.set_aside(connection, source, where, aside, delivery.mapping_name)
    quarantine.record(connection, delivery, table, source, faults, clock.loaded_at)
    outcome = _outcome(delivery, table, source, counted, merged, len(lines))
    _record(connection, delivery, table, outcome, clock, counted.known_to)
    _record_drift(connection, delivery, table, counted.drift, clock)
    return outcome


def _outcome(
    delivery: Delivery, table: Table, source: Staged, counted: Conformed, merged: Merged, lines: int
) -> Outcome:
    # Lines that cannot be taken apart, or that no target claims, are counted with the first target.
    return Outcome(
        file_name=delivery.path.name,
        contract=table.qualified,
        status="loaded",
        rows_in=source.rows,
        rows_loaded=merged.loaded,
        rows_quarantined=counted.bad + merged.mutated + lines,
        rows_duplicate=merged.duplicate,
        rows_superseded=merged.superseded,
        rows_set_aside=counted.set_aside,
        rows_combined=counted.combined,
        rows_elsewhere=source.rows - lines - counted.set_aside - counted.combined - counted.rows,
    )


def _unclaimed(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Staged
) -> list[quarantine.Fault]:
    """Rows that no target of the mapping takes: named, not dropped."""
    claims = [target.where for target, _ in delivery.targets]
    if any(claim is None for claim in claims):
        return []
    claimed = " or ".join(f"coalesce({claim}, false)" for claim in claims)
    rows = connection.execute(
        f"select {LINE} from {source.relation} where not ({claimed}) order by 1"
    ).fetchall()
    return [quarantine.Fault(line, "business", "no_target", ()) for (line,) in rows]


def _seen(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> tuple[str, str] | None:
    """File name and status of an earlier delivery of the same content under the same rules."""
    return connection.execute(
        "select file_name, status from control.delivery where load_id = ? and status in ('loaded', 'held', 'refused') "
        "limit 1",
        [delivery.load_id],
    ).fetchone()


def _seen_again(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, before: tuple[str, str], clock: Clock
) -> list[Outcome]:
    name, status = before
    if name == delivery.path.name:
        return []
    outcome = Outcome(delivery.path.name, None, "duplicate", f"same content as {name} ({status})")
    known = connection.execute(
        "select 1 from control.delivery where file_name = ? and load_id = ?",
        [delivery.path.name, delivery.load_id],
    ).fetchone()
    if known:
        return []
    _record(connection, delivery, None, outcome, clock, None)
    return [outcome]


def _refused_unread(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    sha256: str,
    refusal: DeliveryRefusedError,
    clock: Clock,
) -> list[Outcome]:
    unread = Delivery(path, "", sha256, (), None, None, "none", "0", None)
    if _seen(connection, unread):
        return []
    outcome = Outcome(path.name, None, "refused", f"{refusal.reason}: {refusal}")
    _record(connection, unread, None, outcome, clock, None)
    return [outcome]


def _record_refusal(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, refusal: DeliveryRefusedError, clock: Clock
) -> list[Outcome]:
    status = "held" if isinstance(refusal, DeliveryHeldError) else "refused"
    table = delivery.targets[0][1]
    outcome = Outcome(delivery.path.name, table.qualified, status, f"{refusal.reason}: {refusal}")
    connection.execute("begin")
    if status == "held":
        outcome = _quarantine_held(connection, delivery, outcome, clock)
    _record(connection, delivery, table, outcome, clock, None)
    connection.execute("commit")
    return [outcome]


def _quarantine_held(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, outcome: Outcome, clock: Clock
) -> Outcome:
    """Keep the bad rows of a file that is held whole, so that its sender can be told which they are."""
    total = 0
    with staged(connection, delivery) as source:
        for position, (target, table) in enumerate(delivery.targets):
            conform(connection, delivery, target, table, source, clock.loaded_at, clock.business_timezone)
            faults = quarantine.bad_rows(connection)
            if position == 0:
                faults = quarantine.refused_lines(source) + faults
            quarantine.record(connection, delivery, table, source, faults, clock.loaded_at)
            total += len(faults)
        rows = source.rows
    return Outcome(
        outcome.file_name, outcome.contract, outcome.status, outcome.reason, rows, rows_quarantined=total
    )


def _record(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    table: Table | None,
    outcome: Outcome,
    clock: Clock,
    known_to: datetime | None,
) -> None:
    window = delivery.manifest.window if delivery.manifest else None
    scope = delivery.manifest.scope if delivery.manifest else None
    row = {
        "load_id": delivery.load_id,
        "file_name": delivery.path.name,
        "file_sha256": delivery.sha256,
        "file_bytes": delivery.path.stat().st_size,
        "mapping": delivery.mapping_name,
        "system": table.system if table else None,
        "table_name": table.name if table else None,
        "contract": outcome.contract,
        "contract_version": table.version if table else None,
        "status": outcome.status,
        "reason": outcome.reason,
        "rows_in": outcome.rows_in,
        "rows_loaded": outcome.rows_loaded,
        "rows_quarantined": outcome.rows_quarantined,
        "rows_duplicate": outcome.rows_duplicate,
        "rows_superseded": outcome.rows_superseded,
        "rows_set_aside": outcome.rows_set_aside,
        "rows_combined": outcome.rows_combined,
        "rows_elsewhere": outcome.rows_elsewhere,
        "attested": delivery.manifest is not None,
        "scope": str(scope) if scope else None,
        "window_from": window[0] if window else None,
        "window_to": window[1] if window else None,
        "extracted_at": delivery.extracted_at,
        "known_to": known_to,
        "loaded_at": clock.loaded_at,
    }
    marks = ", ".join(f"${name}" for name in row)
    connection.execute(f"insert into control.delivery ({', '.join(row)}) values ({marks})", row)


def _record_drift(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    table: Table,
    drift: Sequence[Drift],
    clock: Clock,
) -> None:
    for item in drift:
        connection.execute(
            "insert into control.drift values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                delivery.load_id, delivery.path.name, table.qualified, item.kind, item.column, item.found,
                item.rows, clock.loaded_at,
            ],
        )  # fmt: skip
