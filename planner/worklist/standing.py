"""Where each suggestion of a list stands in the journal, kept up to date by the journal's sequence."""

from __future__ import annotations

import threading
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Reading:
    """Where suggestions stood at `head` of the journal, or later.

    `told` has `status`, `version` and `quantity`: by row of the list `rows`, or, where that is None, with
    `suggestion_id` in any order.
    """

    head: Head
    told: pl.DataFrame
    rows: RowIndex | None = None

    def by_row(self, rows: RowIndex) -> pl.DataFrame:
        """The same by row of a list; what the journal does not hold is unknown."""
        if self.rows is rows:
            return self.told
        row = rows.rows(self.told["suggestion_id"])
        here = row.is_not_null()
        told, at = self.told.filter(here), row.filter(here).to_numpy()
        status = np.full(len(rows), CODES[UNKNOWN], dtype=np.uint8)
        version, quantity = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), np.nan)
        status[at] = told["status"].to_physical().to_numpy()
        version[at], quantity[at] = told["version"].to_numpy(), told["quantity"].to_numpy()
        return pl.DataFrame({"status": NAMES.gather(status), "version": version, "quantity": quantity})


def read_standings(journal: Journal) -> Reading:
    """Where every suggestion of the journal stands. Half a million one by one would take seconds."""
    # Taken first: what comes while the rest is read is read once more.
    head, parts = journal.head(), [pl.DataFrame(schema=READ)]
    with without_collector():
        for rows in journal.standing_rows():
            # By columns: by rows the frame takes as long again as the database.
            told = pl.DataFrame(dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)), schema=COLUMNS)
            parts.append(told.select(pl.col(name).cast(dtype) for name, dtype in READ.items()))
    return Reading(head, pl.concat(parts))


class Standings:
    """Status, version and quantity by row of a list of ids. Safe to use from several threads.

    Parameters
    ----------
    rows
        The list.
    reading
        What `read_standings` said of this journal, now or earlier: what came after it is read when it is asked for.
    """

    def __init__(self, journal: Journal, rows: RowIndex, reading: Reading) -> None:
        self.journal = journal
        self._row = rows
        self._lock = threading.Lock()
        self._take(reading)
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
            self._take(read_standings(self.journal))
            return self._head
        for row in changes.suggestions:
            open_quantity = row[PLANNED] if row[EDITED] is None else row[EDITED]
            self._set(row[ID], row[STATUS], row[VERSION], open_quantity if row[STATUS] in OPEN else row[APPROVED])
        return changes.head

    def _take(self, reading: Reading) -> None:
        told = reading.by_row(self._row)
        self._head = reading.head
        # Written to from now on, as decisions come in.
        self._status = told["status"].to_physical().cast(pl.UInt8).to_numpy().copy()
        self._version, self._quantity = (told[name].to_numpy().copy() for name in ("version", "quantity"))

    def _set(self, name: str, status: str, version: int, quantity: str) -> None:
        row = self._row.get(name)
        if row is not None:
            self._status[row], self._version[row], self._quantity[row] = CODES[status], version, float(quantity)
