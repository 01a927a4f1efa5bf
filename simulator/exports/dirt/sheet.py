"""Rows of one table as text, on their way into a CSV file; who changes one knows its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

import polars as pl
import pyarrow as pa

from contracts.model import Table
from simulator.exports.dirt.spoiling import GBK
from simulator.exports.files import as_csv, totals_of

__all__ = ["Key", "Row", "Sheet", "altered", "is_versioned", "key_of", "shifted"]

Row = dict[str, str | None]
Key = tuple[str, ...]


@dataclass
class Sheet:
    """Columns and rows of a file; `surplus` are the places of rows that get a value too many, `dropped` are columns
    that the file leaves out."""

    table: str
    columns: list[str]
    rows: list[Row]
    surplus: set[int] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, table: str, rows: pa.Table) -> Sheet:
        frame = pl.read_csv(io.BytesIO(as_csv(rows)), infer_schema=False)
        return cls(table, frame.columns, frame.to_dicts())

    def add(self, row: Row) -> int:
        """Append a row, with its columns; returns its place."""
        self.columns += [name for name in row if name not in self.columns and name not in self.dropped]
        self.rows.append(row)
        return len(self.rows) - 1

    def lines(self) -> list[int]:
        """The line of the file on which each row begins."""
        line, found = 2, []
        for row in self.rows:
            found.append(line)
            line += 1 + sum(value.count("\n") for value in row.values() if value)
        return found

    def content(self, names: Mapping[str, str] | None = None) -> bytes:
        """The file; columns called otherwise in it by `names`."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([(names or {}).get(name, name) for name in self.columns])
        for place, row in enumerate(self.rows):
            surplus = ["surplus"] if place in self.surplus else []
            writer.writerow([row.get(name) for name in self.columns] + surplus)
        return text.getvalue().encode().replace(GBK.encode(), "跑鞋".encode("gbk"))

    def totals(self) -> dict[str, str]:
        """Control totals of the columns in the file; a value that is no amount counts for nothing."""
        sums = {name: list(self._amounts(name)) for name in totals_of(self.table) if name in self.columns}
        return {name: str(sum(amounts, Decimal(0))) for name, amounts in sums.items() if amounts}

    def _amounts(self, name: str) -> Iterator[Decimal]:
        for row in self.rows:
            try:
                yield Decimal(row.get(name) or "")
            except InvalidOperation:
                continue


def key_of(contract: Table, row: Row) -> Key:
    return tuple(row.get(name) or "" for name in contract.primary_key)


def is_versioned(contract: Table, row: Row) -> bool:
    """Whether two rows of one key tell which is the newer."""
    return contract.semantics in ("upsert", "scd2") and bool(row.get("updated_at"))


def shifted(row: Row, seconds: int) -> Row:
    """The row as a version of so many seconds later."""
    instant = datetime.fromisoformat(row["updated_at"]) + timedelta(seconds=seconds)
    return row | {"updated_at": instant.isoformat(" ")}


def altered(contract: Table, row: Row) -> tuple[Row, str] | None:
    """The row with one more in its first filled amount, quantity or count, and that column; None without one."""
    for column in contract.columns:
        value = row.get(column.name)
        if value and not column.primary_key and column.type in ("money", "qty", "int"):
            more = int(value) + 1 if column.type == "int" else Decimal(value) + 1
            return row | {column.name: str(more)}, column.name
    return None
