"""A file as a real system writes it, and how one is laid into the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.exports.files import Delivery, write_manifest

__all__ = ["ForeignFile", "Spoken", "rows_of", "write_foreign"]


@dataclass(frozen=True)
class ForeignFile:
    """Name, bytes, the rows that a reader finds in it (a row of totals is one), and the table that it feeds first."""

    name: str
    content: bytes
    rows: int
    table: str


@dataclass(frozen=True)
class Spoken:
    """What a dialect said of a delivery: its files, and for each table which rows they hold, bool [rows]."""

    files: list[ForeignFile] = field(default_factory=list)
    taken: Mapping[str, np.ndarray] = field(default_factory=dict)


def rows_of(tables: Mapping[str, pa.Table], table: str) -> list[dict]:
    """Rows of a table as Python values, none if it is not delivered; a dialect is for days, not for bulk."""
    return tables[table].to_pylist() if table in tables else []


def write_foreign(folder: Path, file: ForeignFile, delivery: Delivery) -> Path:
    """Write the file, and beside it the manifest of whoever fetched it: when, how many rows, in which zone."""
    path = folder / file.name
    path.write_bytes(file.content)
    write_manifest(path, file.table, file.rows, {}, delivery)
    return path
