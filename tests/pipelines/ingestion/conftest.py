"""A desk to try deliveries on: an inbox folder and a warehouse file, made from the real contracts."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from contracts import table
from contracts.mapping import Mapping
from pipelines.ingestion.ingest import Clock, Outcome, ingest_files
from pipelines.ingestion.personal import use_key
from pipelines.ingestion.schema import create_warehouse

KEY = bytes(range(32))
CLOCK = Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai")
ENGINE = {"preserve_insertion_order": False, "threads": 2, "memory_limit": "1GB"}
# What tells when and from which file a row came; the rest is what is known, however it arrived.
ARRIVAL = "_load_id, _line_no, _first_loaded_at, _last_changed_at"


class Desk:
    """An inbox and a warehouse."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.warehouse = folder / "warehouse.duckdb"
        shutil.copyfile(template, self.warehouse)
        self.open()

    def open(self) -> None:
        self.connection = duckdb.connect(str(self.warehouse), config=ENGINE)
        self.connection.execute("set TimeZone = 'Asia/Shanghai'")
        use_key(self.connection, KEY)

    def file(self, name: str, content: str | bytes, manifest: dict | None = None) -> Path:
        """Put a file into the inbox, text in UTF-8, with its manifest if there is one."""
        path = self.inbox / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sidecar = path.with_name(name + ".manifest.json")
        if manifest is not None:
            sidecar.write_text(json.dumps(manifest), encoding="utf-8")
        else:
            sidecar.unlink(missing_ok=True)
        return path

    def ingest(self, *paths: Path, mappings: Sequence[Mapping] = (), clock: Clock = CLOCK) -> list[Outcome]:
        return ingest_files(self.connection, paths, mappings, clock)

    def deliver(
        self,
        name: str,
        content: str | bytes,
        manifest: dict | None = None,
        mappings: Sequence[Mapping] = (),
        clock: Clock = CLOCK,
    ) -> Outcome:
        """Put a file into the inbox and load it; what became of its first table."""
        return self.ingest(self.file(name, content, manifest), mappings=mappings, clock=clock)[0]

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def faults(self) -> list[tuple[int, str]]:
        """Line and reason of every row in quarantine."""
        return self.rows("select line_no, reason_code from control.quarantine order by all")

    def known(self, contract: str) -> dict[str, list[tuple]]:
        """What `raw` and `history` hold of a table, in no order, without how it arrived."""
        return {
            schema: self.rows(f"select * exclude ({ARRIVAL}) from {schema}.{table(contract).raw_name} order by all")
            for schema in ("raw", "history")
        }

    def everything(self) -> dict[str, list[tuple]]:
        """Every row of every table that loading writes."""
        names = self.rows(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name in ('raw', 'history') or table_name in ('quarantine', 'delivery', 'drift')"
        )
        content = {f"{s}.{t}": self.rows(f"select * from {s}.{t} order by all") for s, t in names}
        return {name: rows for name, rows in content.items() if rows}

    def empty(self, contract: str) -> None:
        """Forget every delivery of a table."""
        for name in (f"raw.{table(contract).raw_name}", f"history.{table(contract).raw_name}"):
            self.connection.execute(f"delete from {name}")
        for name in ("delivery", "quarantine", "drift"):
            self.connection.execute(f"delete from control.{name}")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse without rows, to copy: making its 140 tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        create_warehouse(connection)
    return path


@pytest.fixture
def desk(tmp_path: Path, template: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk", template)
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Desk]:
    """One desk for the many examples of a property; each begins by emptying its table."""
    made = Desk(tmp_path_factory.mktemp("shared") / "desk", template)
    yield made
    made.connection.close()


@pytest.fixture
def map_from(tmp_path: Path) -> Callable[[str], Mapping]:
    """A mapping from the YAML of its files."""
    from contracts.mapping import load_mapping

    def load(files: str, name: str = "corner_shop", version: str = "1.0") -> Mapping:
        path = tmp_path / f"{name}.yaml"
        head = f'name: {name}\nversion: "{version}"\ntitle: Tills\nsource_system: {name}\nfiles:\n'
        path.write_text(head + files, encoding="utf-8")
        return load_mapping(path)

    return load
