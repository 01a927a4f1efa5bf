"""Files whose rows wait in quarantine, loaded again by the rules as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from contracts.mapping import Mapping
from pipelines.ingestion.delivery import DeliveryRefusedError, content_hash
from pipelines.ingestion.ingest import Clock, Outcome, ingest_file
from pipelines.ingestion.parked import waiting_no_more
from pipelines.ingestion.reading.limits import Limits
from pipelines.ingestion.reading.reader import Reader
from pipelines.ingestion.references import check_references
from pipelines.ingestion.resolution import QuarantineError


def replay_files(
    connection: duckdb.DuckDBPyConnection,
    inbox: Sequence[Path],
    mappings: Sequence[Mapping],
    clock: Clock,
    file_name: str | None = None,
    limits: Limits | None = None,
) -> tuple[list[Outcome], list[str]]:
    """Load every file of `inbox` that has open rows once more (or only `file_name`).

    Returns what became of them, and the names of those that are in the inbox no more with this content.

    Raises
    ------
    QuarantineError
        If `file_name` has no open rows.
    """
    waiting = connection.execute(
        """select file_name, file_sha256 from control.quarantine
            where status = 'open' and ($name is null or file_name = $name) group by all order by all""",
        {"name": file_name},
    ).fetchall()
    if file_name and not waiting:
        raise QuarantineError(f"no open row of quarantine is of file {file_name!r}")
    present = _present(inbox, {name for name, _ in waiting})
    found = [present[key] for key in waiting if key in present]
    absent = sorted({name for name, sha256 in waiting if (name, sha256) not in present})
    with Reader(limits) as reader:
        loaded = [ingest_file(connection, path, mappings, clock, reader, again=True) for path in found]
    check_references(connection)
    return [outcome for outcomes in loaded for outcome in outcomes], absent


def replay_arrived(
    connection: duckdb.DuckDBPyConnection,
    inbox: Sequence[Path],
    mappings: Sequence[Mapping],
    clock: Clock,
    limits: Limits | None = None,
) -> list[Outcome]:
    """Load the files of `inbox` once more whose parked rows wait for nothing any more; returns what became of them.

    What one of them brings may be what another waits for: each is loaded once at most.
    """
    outcomes: list[Outcome] = []
    tried: set[tuple[str, str]] = set()
    while ready := waiting_no_more(connection) - tried:
        tried |= ready
        present = _present(inbox, {name for name, _ in ready})
        with Reader(limits) as reader:
            for path in (present[key] for key in sorted(ready) if key in present):
                outcomes += ingest_file(connection, path, mappings, clock, reader, again=True)
    if tried:
        check_references(connection)
    return outcomes


def _present(inbox: Sequence[Path], names: set[str]) -> dict[tuple[str, str], Path]:
    """The files of these names that can be read, by name and content."""
    present = {}
    for path in inbox:
        if path.name in names:
            with suppress(DeliveryRefusedError):
                present[path.name, content_hash(path)] = path
    return present
