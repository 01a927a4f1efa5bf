"""One delivery from the inbox into the warehouse: stage, conform, judge; then merge and record.

Merging and recording is one transaction. What comes before it is not: the engine reads a temporary
table with one core only as long as the transaction that made it is open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from contracts.mapping import Mapping
from contracts.model import Table
from pipelines.abreast import abreast
from pipelines.ingestion import quarantine
from pipelines.ingestion.abreast import may_use_all_cores, waits_for
from pipelines.ingestion.arrival import stamp
from pipelines.ingestion.conform import Conformed, aside_sql, bad_mapping, conform, forget, use_target
from pipelines.ingestion.delivery import (
    Delivery,
    DeliveryRefusedError,
    content_hash,
    printable,
    recognise,
)
from pipelines.ingestion.gate import DeliveryHeldError, check_attested, check_bad_rows, check_totals
from pipelines.ingestion.merge import FIRST_LOAD, Load, Merged, merge
from pipelines.ingestion.parked import park
from pipelines.ingestion.quarantine import HELD_ROWS
from pipelines.ingestion.readers.relation import Drift
from pipelines.ingestion.reading.limits import LimitReachedError, Limits
from pipelines.ingestion.reading.reader import Reader
from pipelines.ingestion.references import check_references
from pipelines.ingestion.resolution import close_replayed, close_resolved
from pipelines.ingestion.settled import Settled
from pipelines.ingestion.stage import Staged, staged
from pipelines.ingestion.threads import threads_of_engine
from pipelines.ingestion.totals import check_stated_totals
from pipelines.ingestion.units import units_of
from pipelines.unwritten import unwritten


@dataclass(frozen=True)
class Outcome:
    """What became of one file for one contract table (a row of `control.delivery`)."""

    file_name: str
    contract: str | None
    status: str  # loaded, held, refused, duplicate or growing
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
    limits: Limits | None = None,
    beside: duckdb.DuckDBPyConnection | None = None,
) -> list[Outcome]:
    """Load every file that was not loaded before; one bad file never stops the others.

    With `beside`, another connection to the warehouse, small files of different tables are loaded two at a time, and
    what comes of them is the same.
    """
    connections = [connection] if beside is None else [connection, beside]
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(limits)) for _ in connections]
        settled = Settled(connection, mappings, readers[0].limits)
        entries = {path: settled.entry(path) for path in files}
        new = [path for path, entry in entries.items() if not settled.holds(entry)]
        found = _ingest(connections, new, mappings, clock, on_file, readers)
        for path, outcomes in zip(new, found, strict=True):
            if "growing" not in {outcome.status for outcome in outcomes}:
                settled.add(entries[path])
        settled.write()
    check_references(connection, beside)
    return [outcome for outcomes in found for outcome in outcomes]


def _ingest(
    connections: Sequence[duckdb.DuckDBPyConnection],
    files: Sequence[Path],
    mappings: Sequence[Mapping],
    clock: Clock,
    on_file: Callable[[Path], None],
    readers: Sequence[Reader],
) -> list[list[Outcome]]:
    """What becomes of each file, over as many connections as there are."""

    def load(place: int, lane: int) -> list[Outcome]:
        path = files[place]
        on_file(printable(path))
        if len(connections) == 1 or not may_use_all_cores(path):
            return ingest_file(connections[lane], path, mappings, clock, readers[lane])
        with threads_of_engine(connections[lane], threads):
            return ingest_file(connections[lane], path, mappings, clock, readers[lane])

    if len(connections) == 1:
        return abreast([()] * len(files), load, lanes=1)
    # Two files take a core each; for all files at once, since to start and end threads takes longer than a small one.
    [(threads,)] = connections[0].execute("select current_setting('threads')").fetchall()
    with unwritten(connections[0]), threads_of_engine(connections[0], 1):
        return abreast(waits_for(files, mappings), load, len(connections))


def ingest_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    mappings: Sequence[Mapping],
    clock: Clock,
    reader: Reader,
    again: bool = False,
) -> list[Outcome]:
    """Load one file; what goes wrong with it is recorded, named and returned, never raised.

    With `again` it is loaded even if its content was, under these very rules.
    """
    sha256, before_reading = "", stamp(path)
    try:
        sha256 = content_hash(path)
        _refuse_garbled_name(path)
        delivery = recognise(path, sha256, list(mappings))
    except DeliveryRefusedError as refusal:
        return _refused_unread(connection, printable(path), sha256, refusal, clock)
    before = _seen(connection, delivery, reader.limits.settings)
    if before is not None:
        if not again:
            return _seen_again(connection, delivery, before, clock)
        delivery = replace(delivery, attempt=_attempts(connection, delivery))
    try:
        with staged(connection, delivery, reader) as source:
            if stamp(path) != before_reading:
                return [Outcome(path.name, None, "growing", "it changed while it was read; the next run takes it")]
            try:
                return _load(connection, delivery, source, clock)
            finally:
                forget(connection, delivery)
    except DeliveryRefusedError as refusal:
        if isinstance(refusal, LimitReachedError):
            delivery = _under(delivery, refusal.setting)
        outcome = _refusal(delivery, refusal, "refused")
        _record(connection, delivery, delivery.targets[refusal.position][1], outcome, clock, None)
        return [outcome]


def _load(connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Staged, clock: Clock) -> list[Outcome]:
    """Type and judge the rows of every target, then merge them all in one transaction."""
    check_attested(delivery, source)
    lines = _find_stray_lines(connection, delivery, source)
    counts: list[Conformed] = []
    try:
        for position, (target, table) in enumerate(delivery.targets):
            counted = conform(
                connection, delivery, target, table, source, clock.loaded_at, clock.business_timezone, position
            )
            counts.append(counted)
            units = units_of(delivery, target, table, source)
            _judge(connection, delivery, table, source, counted, 0 if position else lines, units)
        untied = check_stated_totals(connection, delivery, source)
    except DeliveryHeldError as refusal:
        return _hold(connection, delivery, refusal, source, counts, lines, clock)
    except DeliveryRefusedError as refusal:
        refusal.position = len(counts)
        raise
    counts[0] = replace(counts[0], drift=(*counts[0].drift, *untied))
    with _transaction(connection):
        return [
            _merge_target(connection, delivery, position, source, counted, 0 if position else lines, clock)
            for position, counted in enumerate(counts)
        ]


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with suppress(duckdb.TransactionException):  # a commit that fails has ended it
            connection.execute("rollback")
        raise


def _find_stray_lines(connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Staged) -> int:
    """Gather lines that cannot be taken apart, or that no target claims: they count with the first target."""
    quarantine.begin(connection)
    quarantine.add_refused_lines(connection, source)
    try:
        quarantine.add_unclaimed(connection, delivery)
    except duckdb.Error as error:
        raise bad_mapping(delivery, error) from error
    return quarantine.count(connection)


def _judge(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    table: Table,
    source: Staged,
    counted: Conformed,
    lines: int,
    units: Collection[str],
) -> None:
    bad = lines + counted.bad - counted.parked  # late master data are no fault of the file
    check_bad_rows(delivery, table, source, bad, lines + counted.rows + counted.combined + counted.set_aside)
    if delivery.file_mapping is not None or not bad:
        check_totals(connection, delivery, table, source, units)


def _merge_target(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    position: int,
    source: Staged,
    counted: Conformed,
    lines: int,
    clock: Clock,
) -> Outcome:
    target, table = delivery.targets[position]
    if len(delivery.targets) > 1:
        use_target(connection, counted)
    if counted.bad:
        quarantine.add_bad_rows(connection, table)
    counted = replace(counted, bad=counted.bad + park(connection, table, position))
    load = _as_load(connection, delivery, clock)
    merged = merge(connection, table, load, counted.rows, counted.bad)
    if merged.mutated:
        quarantine.add_mutated_rows(connection, table)
    if counted.set_aside:
        where, aside = target.where or "true", aside_sql(target)
        quarantine.add_set_aside(connection, where, aside, delivery.mapping_name)
    quarantine.write(connection, delivery, table, source, clock.loaded_at)
    close_resolved(connection, delivery, table, load)
    outcome = _outcome(delivery, table, source, counted, merged, lines)
    _record(connection, delivery, table, outcome, clock, counted.known_to)
    _record_drift(connection, delivery, table, counted.drift, clock)
    return outcome


def _hold(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    refusal: DeliveryHeldError,
    source: Staged,
    counts: Sequence[Conformed],
    lines: int,
    clock: Clock,
) -> list[Outcome]:
    """Keep bad rows of a file that is held whole, so that its sender can be told which they are."""
    refusal.position = len(counts) - 1
    bad = lines + sum(counted.bad for counted in counts)
    outcome = replace(_refusal(delivery, refusal, "held"), rows_in=source.rows, rows_quarantined=bad)
    with _transaction(connection):
        for position, counted in enumerate(counts):
            use_target(connection, counted)
            table = delivery.targets[position][1]
            quarantine.add_bad_rows(connection, table)
            quarantine.write(connection, delivery, table, source, clock.loaded_at, HELD_ROWS)
        close_replayed(connection, delivery, _as_load(connection, delivery, clock))
        _record(connection, delivery, delivery.targets[refusal.position][1], outcome, clock, None)
    return [outcome]


def _refusal(delivery: Delivery, refusal: DeliveryRefusedError, status: str) -> Outcome:
    contract = delivery.targets[refusal.position][1].qualified
    return Outcome(delivery.path.name, contract, status, f"{refusal.reason}: {refusal}")


def _as_load(connection: duckdb.DuckDBPyConnection, delivery: Delivery, clock: Clock) -> Load:
    complete = delivery.manifest.complete if delivery.manifest else True
    delivered_at = delivery.extracted_at
    if delivered_at is None and delivery.attempt:
        [(delivered_at,)] = connection.execute(
            f"select min(loaded_at) from control.delivery where status = 'loaded' and {FIRST_LOAD} = ?",
            [delivery.load_id.split("-")[0]],
        ).fetchall()
    delivered_at = delivered_at or clock.loaded_at
    return Load(delivery.load_id, delivery.path.name, clock.loaded_at, delivered_at, complete)


def _outcome(
    delivery: Delivery, table: Table, source: Staged, counted: Conformed, merged: Merged, lines: int
) -> Outcome:
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


def _seen(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, limits: Sequence[str] = ()
) -> tuple[str, str] | None:
    """File name and status of an earlier delivery of the same content under the same rules.

    The one of the same name is found first, then the one that was read; last those that took more than `limits`,
    which are still the same.
    """
    load_ids = [delivery.load_id, *(_under(delivery, setting).load_id for setting in limits)]
    marks = ", ".join("?" for _ in load_ids)
    found = connection.execute(
        f"select load_id, file_name, status from control.delivery where load_id in ({marks})", load_ids
    ).fetchall()
    in_order = sorted(
        found, key=lambda row: (load_ids.index(row[0]), row[1] != delivery.path.name, row[2] == "duplicate")
    )
    return in_order[0][1:] if in_order else None


def _under(delivery: Delivery, setting: str) -> Delivery:
    """The delivery as one that was read under this very setting: under another it is worth another try."""
    return replace(delivery, mapping_version=f"{delivery.mapping_version} under {setting}")


def _refuse_garbled_name(path: Path) -> None:
    if path != printable(path):
        raise DeliveryRefusedError(
            "unreadable_name",
            f"{printable(path).name}: its name is not in UTF-8, as those in archives of other systems are. Rename it.",
        )


def _attempts(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> int:
    return connection.execute(
        "select count(distinct load_id) from control.delivery where starts_with(load_id, ?)", [delivery.load_id]
    ).fetchone()[0]


def _seen_again(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, before: tuple[str, str], clock: Clock
) -> list[Outcome]:
    name, status = before
    if name == delivery.path.name:
        return []
    outcome = Outcome(delivery.path.name, None, "duplicate", f"same content as {name} ({status})")
    _record(connection, delivery, None, outcome, clock, None)
    return [outcome]


def _refused_unread(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    sha256: str,
    refusal: DeliveryRefusedError,
    clock: Clock,
) -> list[Outcome]:
    unread = Delivery(path, "", sha256, (), None, None, refusal.reason, "0", None)
    before = _seen(connection, unread)
    if before is not None and before[0] == path.name:
        return []
    outcome = Outcome(path.name, None, "refused", f"{refusal.reason}: {refusal}")
    _record(connection, unread, None, outcome, clock, None)
    return [outcome]


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
        "file_bytes": delivery.path.stat().st_size if delivery.path.exists() else None,
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
        "complete": delivery.manifest.complete if delivery.manifest else True,
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
    if not drift:
        return
    found = pa.Table.from_pylist([asdict(item) for item in drift])  # noqa: F841 (the engine reads it by its name)
    connection.execute(
        """insert into control.drift
            select $load, $file, $contract, kind, "column", cast(found as varchar), rows, $seen from found""",
        {
            "load": delivery.load_id,
            "file": delivery.path.name,
            "contract": table.qualified,
            "seen": clock.loaded_at,
        },
    )
