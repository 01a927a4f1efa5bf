"""Reads delivered files by the real ingestion, into a warehouse of the test's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from contracts import table
from contracts.mapping import mappings
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock, Outcome, ingest_files
from pipelines.ingestion.personal import use_key
from pipelines.ingestion.schema import create_warehouse

CLOCK = Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai")


@cache
def _empty_warehouse() -> bytes:
    """A warehouse without rows, to copy: making its tables takes longer than loading a day."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        with duckdb.connect(str(path)) as connection:
            create_warehouse(connection)
        return path.read_bytes()


class Reading:
    """An inbox, and a warehouse beside it."""

    def __init__(self, inbox: Path, dialects: Iterable[str] = ()) -> None:
        inbox.mkdir(parents=True, exist_ok=True)
        self.inbox = inbox
        self.mappings = [mappings()[name] for name in dialects]
        warehouse = inbox.with_name(inbox.name + ".duckdb")
        warehouse.write_bytes(_empty_warehouse())
        self.connection = duckdb.connect(str(warehouse), config={"preserve_insertion_order": False, "threads": 1})
        self.connection.execute("set TimeZone = 'Asia/Shanghai'")
        use_key(self.connection, bytes(range(32)))

    def load(self) -> list[Outcome]:
        """Load what the inbox holds and was not loaded before."""
        return ingest_files(self.connection, inbox_files(self.inbox), self.mappings, CLOCK)

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def held(self, contract: str, columns: Sequence[str] | None = None) -> list[tuple]:
        """What `raw` holds of a table, in no order; all contract columns unless some are named."""
        names = columns or [column.name for column in table(contract).columns]
        listed = ", ".join(f'"{name}"' for name in names)
        return self.rows(f"select {listed} from raw.{table(contract).raw_name} order by all")
