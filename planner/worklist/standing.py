"""Where each suggestion of a list stands in the journal, kept up to date by the journal's sequence."""

from __future__ import annotations

import threading

import numpy as np
import polars as pl

from feedback.journal import Head, Journal, changes_since
from feedback.journal.changes import SUGGESTION
from feedback.journal.rows import without_collector
from feedback.states import FROZEN, GONE, OPEN
from planner.worklist.row_index import RowIndex

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
READ = {"suggestion_id": pl.String, "status": NAMES.dtype, "version": pl.Int64, "quantity": pl.Float64}
CODES = {status: code for code, status in enumerate(STATUSES)}


def read_standings(journal: Journal) -> tuple[Head, pl.DataFrame]:
    """The journal's head, and where every suggestion stands by then or later: id, status, version, quantity.

    Half a million one by one would take seconds.
    """
    # Taken first: what comes while the rest is read is read once more.
    head, parts = journal.head(), [pl.DataFrame(schema=READ)]
    with without_collector():
        for rows in journal.standing_rows():
            # By columns: by rows the frame takes as long again as the database.
            told = pl.DataFrame(dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)), schema=COLUMNS)
            parts.append(told.select(pl.col(name).cast(dtype) for name, dtype in READ.items()))
    return head, pl.concat(parts)


class Standings:
    """Status, version and quantity by row of a list of ids. Safe to use from several threads.

    Parameters
    ----------
    rows
        The list.
    read
        What `read_standings` said of this journal.
    """

    def __init__(self, journal: Journal, rows: RowIndex, read: tuple[Head, pl.DataFrame]) -> None:
        self.journal = journal
        self._row = rows
        self._status = np.full(len(rows), CODES[UNKNOWN], dtype=np.uint8)
        self._version = np.zeros(len(rows), dtype=np.int64)
        self._quantity = np.full(len(rows), np.nan)
        self._lock = threading.Lock()
        self._head, told = read
        self._place(told)
        self._frame = self._made()

    def frame(self) -> tuple[int, pl.DataFrame]:
        """The last event that is in it, and `status`, `version`, `quantity` by row."""
        with self._lock:
            head = self.journal.head()
            if self._head != head:
                self._head = self._read()
                self._frame = self._made()
            return self._head.sequence, self._frame

    def _made(self) -> pl.DataFrame:
        status = NAMES.gather(self._status)
        return pl.DataFrame({"status": status, "version": self._version, "quantity": self._quantity})

    def _read(self) -> Head:
        changes = changes_since(self.journal, self._head)
        if changes is None:
            head, told = read_standings(self.journal)
            self._place(told)
            return head
        for row in changes.suggestions:
            open_quantity = row[PLANNED] if row[EDITED] is None else row[EDITED]
            self._set(row[ID], row[STATUS], row[VERSION], open_quantity if row[STATUS] in OPEN else row[APPROVED])
        return changes.head

    def _place(self, told: pl.DataFrame) -> None:
        row = self._row.rows(told["suggestion_id"])
        here = row.is_not_null()
        told, at = told.filter(here), row.filter(here).to_numpy()
        self._status[at] = told["status"].to_physical().to_numpy()
        self._version[at] = told["version"].to_numpy()
        self._quantity[at] = told["quantity"].to_numpy()

    def _set(self, name: str, status: str, version: int, quantity: str) -> None:
        row = self._row.get(name)
        if row is not None:
            self._status[row], self._version[row], self._quantity[row] = CODES[status], version, float(quantity)
