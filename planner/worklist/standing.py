"""Where each suggestion of a list stands in the journal, kept up to date by the journal's sequence."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import polars as pl

from feedback.journal import Head, Journal, changes_since
from feedback.journal.changes import SUGGESTION
from feedback.journal.rows import without_collector
from feedback.states import FROZEN, GONE, OPEN

ID, STATUS, VERSION, PLANNED, EDITED, APPROVED = map(
    SUGGESTION.index, ("suggestion_id", "status", "version", "planned", "edited", "approved")
)
# In the plan, and not in this journal: the desk shows it, nobody can decide on it.
UNKNOWN = "unknown"
STATUSES = (UNKNOWN, *sorted(OPEN | GONE | FROZEN))
NAMES = pl.Series(STATUSES, dtype=pl.Enum(STATUSES))
# As `Journal.standing_rows` has them.
COLUMNS = {
    "suggestion_id": pl.String, "status": pl.String, "version": pl.Int64, "quantity": pl.String, "sequence": pl.Int64,
}  # fmt: skip
CODES = {status: code for code, status in enumerate(STATUSES)}


class Standings:
    """Status, version and quantity by row of a list of ids. Safe to use from several threads."""

    def __init__(self, journal: Journal, rows: Mapping[str, int]) -> None:
        self.journal = journal
        self._row = rows
        self._status = np.full(len(rows), CODES[UNKNOWN], dtype=np.uint8)
        self._version = np.zeros(len(rows), dtype=np.int64)
        self._quantity = np.full(len(rows), np.nan)
        self._lock = threading.Lock()
        self._head: Head | None = None
        self._frame = pl.DataFrame()

    def frame(self) -> tuple[int, pl.DataFrame]:
        """The last event that is in it, and `status`, `version`, `quantity` by row."""
        with self._lock:
            head = self.journal.head()
            if self._head != head:
                self._head = self._read(head)
                self._frame = pl.DataFrame(
                    {
                        "status": NAMES.gather(self._status),
                        "version": self._version,
                        "quantity": self._quantity,
                    }
                )
            return self._head.sequence, self._frame

    def _read(self, head: Head) -> Head:
        changes = None if self._head is None else changes_since(self.journal, self._head)
        if changes is None:
            # Taken first: what comes while the rest is read is read once more.
            self._read_all()
            return head
        for row in changes.suggestions:
            open_quantity = row[PLANNED] if row[EDITED] is None else row[EDITED]
            self._set(row[ID], row[STATUS], row[VERSION], open_quantity if row[STATUS] in OPEN else row[APPROVED])
        return changes.head

    def _read_all(self) -> None:
        """Every suggestion at once: half a million one by one would take seconds."""
        ids = pl.DataFrame({"suggestion_id": list(self._row), "row": list(self._row.values())})
        with without_collector():
            for rows in self.journal.standing_rows():
                told = pl.DataFrame(rows, schema=COLUMNS, orient="row").join(ids, on="suggestion_id")
                at = told["row"].to_numpy()
                self._status[at] = told["status"].cast(NAMES.dtype).to_physical().to_numpy()
                self._version[at] = told["version"].to_numpy()
                self._quantity[at] = told["quantity"].cast(pl.Float64).to_numpy()

    def _set(self, name: str, status: str, version: int, quantity: str) -> None:
        row = self._row.get(name)
        if row is not None:
            self._status[row], self._version[row], self._quantity[row] = CODES[status], version, float(quantity)
