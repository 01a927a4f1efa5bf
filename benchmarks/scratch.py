"""A scratch workspace that benchmarks load files in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.ingestion.schema import create_warehouse
from pipelines.settings import Settings
from pipelines.warehouse import connect
from pipelines.workspace import Workspace

SETTINGS = Settings(tenant_id="benchmark")


@contextmanager
def scratch_warehouse(files: Iterable[Path], beside: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse, opened as a run does it that finds `files` in its inbox: by their size it takes its cores."""
    with tempfile.TemporaryDirectory(dir=beside) as folder:
        workspace = Workspace(Path(folder))
        workspace.create_folders()
        for file in files:
            (workspace.inbox / file.name).symlink_to(file.resolve())
        connection = connect(workspace, SETTINGS)
        try:
            create_warehouse(connection)
            yield connection
        finally:
            connection.close()
