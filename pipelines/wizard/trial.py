"""A mapping tried on the file it was made from, in a scratch warehouse in memory: nothing is loaded by it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from contracts.mapping import Mapping
from pipelines.ingestion.ingest import Clock, Outcome, ingest_files
from pipelines.ingestion.personal import use_key
from pipelines.ingestion.reading.limits import Limits
from pipelines.ingestion.schema import create_warehouse


@dataclass(frozen=True)
class Trial:
    """What would become of the file, by target; how many rows broke the contract by reason; what differed."""

    outcomes: tuple[Outcome, ...]
    reasons: tuple[tuple[str, str, str, int, int], ...]  # table, column, reason, rows, first line
    drift: tuple[tuple[str, str, str], ...]

    @property
    def would_load(self) -> bool:
        return all(outcome.status == "loaded" for outcome in self.outcomes)


@contextmanager
def scratch(timezone: str, memory_limit: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory that is gone afterwards, under a key of its own."""
    config = {"memory_limit": memory_limit, "threads": threads, "autoinstall_known_extensions": False}
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(f"set TimeZone = '{timezone}'")
        use_key(connection, secrets.token_bytes(32))
        yield connection


def try_mapping(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    mapping: Mapping,
    now: datetime,
    timezone: str,
    limits: Limits | None = None,
) -> Trial:
    """Load `path` by `mapping` into the scratch warehouse and say what became of its rows."""
    create_warehouse(connection)
    outcomes = ingest_files(connection, [path], [mapping], Clock(now, timezone), limits=limits)
    reasons = connection.execute(
        """select contract, array_to_string(columns, ', '), reason_code, count(*), min(line_no) from control.quarantine
            where status = 'open' group by all order by 4 desc, 1, 2, 3 limit 20"""
    ).fetchall()
    drift = connection.execute(
        "select distinct contract, kind, column_name from control.drift order by all limit 40"
    ).fetchall()
    return Trial(tuple(outcomes), tuple(reasons), tuple(drift))
