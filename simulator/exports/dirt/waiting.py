"""Rows that come days later, and what ingestion must make of them by then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.model import Table
from simulator.exports.dirt.sheet import Key, Row, is_versioned, key_of

__all__ = ["Later", "Waiting"]


@dataclass
class Later:
    """A row held back until `due` (days since 1970), the day of the delivery that it comes with."""

    row: Row
    due: int
    kind: str
    outcome: str
    reason: str | None = None
    column: str | None = None
    was: str | None = None
    became: str | None = None


class Waiting:
    """Rows to come, by table and key: at most one of each key, so that what becomes of it is known."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Key, Later]] = defaultdict(dict)

    @property
    def tables(self) -> list[str]:
        return [table for table, rows in self._rows.items() if rows]

    def holds(self, table: str, key: Key) -> bool:
        return key in self._rows[table]

    def add(self, contract: Table, later: Later) -> None:
        # A column that only today's file has is not part of what is told later.
        later.row = {
            column.name: later.row.get(column.name) for column in contract.all_columns if column.name in later.row
        }
        self._rows[contract.qualified][key_of(contract, later.row)] = later

    def pass_by(self, contract: Table, rows: Iterable[Row]) -> None:
        """Take note of rows delivered meanwhile: a newer version makes the one that waits an old one."""
        waiting = self._rows[contract.qualified]
        for row in rows if waiting else ():
            later = waiting.get(key_of(contract, row))
            if later is None or later.outcome != "loaded":
                continue
            if not is_versioned(contract, row):
                # Nothing tells which of two is the newer: the source does not send the old one again.
                del waiting[key_of(contract, row)]
            elif row["updated_at"] > later.row["updated_at"]:
                later.outcome = "history"
            elif row["updated_at"] == later.row["updated_at"]:
                del waiting[key_of(contract, row)]

    def due(self, table: str, day: int) -> list[Later]:
        """Take out the rows that come with the delivery of `day`, in the order in which they were put in."""
        found = {key: later for key, later in self._rows[table].items() if later.due <= day}
        for key in found:
            del self._rows[table][key]
        return list(found.values())
