"""Line numbers of parsed records, exact even where values hold line feeds or records were refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv


class LineNumbers:
    """Turns the parser's record numbers into line numbers of the file.

    Parameters
    ----------
    first_line
        Line of the file on which record 1 begins.
    """

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._next_record = 1
        self._spanned = 0  # line feeds inside the accepted records before `_next_record`
        self._refused: list[tuple[int, str, int]] = []  # record, text, line feeds in it
        self._refused_at: dict[int, int] = {}
        self.rows = 0

    def refuse(self, row: pyarrow.csv.InvalidRow) -> str:
        """Take note of a record that does not split into the header's columns (pyarrow's handler)."""
        self._refused.append((row.number, row.text, row.text.count("\n")))
        return "skip"

    def of(self, batch: pa.RecordBatch, may_span_lines: bool) -> pa.Array:
        """Line numbers of the batch's records, in order; call once per batch, in file order."""
        records = self._records(batch.num_rows)
        spans = _line_feeds(batch) if may_span_lines else np.zeros(batch.num_rows, dtype=np.int64)
        before = np.concatenate(([0], np.cumsum(spans)[:-1])) if batch.num_rows else spans
        lines = self._first_line + records - 1 + self._spanned + before + self._refused_spans(records)
        for record, _, _ in self._refused:
            if record not in self._refused_at and record < self._next_record:
                inside = int(spans[: np.searchsorted(records, record)].sum())
                self._refused_at[record] = self._spanned + inside
        self._spanned += int(spans.sum())
        self.rows += batch.num_rows
        return pa.array(lines, pa.int64())

    def refused_lines(self) -> list[tuple[int, str]]:
        """Line and text of every refused record; blank lines are no records."""
        out = []
        for record, text, _ in self._refused:
            spanned = self._refused_at.get(record, self._spanned)
            earlier = int(self._refused_spans(np.array([record]))[0])
            if text.strip("\r\n"):
                out.append((self._first_line + record - 1 + spanned + earlier, text))
        return out

    def _records(self, count: int) -> np.ndarray:
        refused = np.array(sorted(r for r, _, _ in self._refused if r >= self._next_record), dtype=np.int64)
        last = self._next_record + count - 1
        while True:
            within = int(np.searchsorted(refused, last, side="right"))
            if self._next_record + count - 1 + within == last:
                break
            last = self._next_record + count - 1 + within
        records = np.setdiff1d(np.arange(self._next_record, last + 1), refused[:within], assume_unique=True)
        self._next_record = last + 1
        return records

    def _refused_spans(self, records: np.ndarray) -> np.ndarray:
        """Line feeds inside refused records that stand before each of `records`."""
        spanning = sorted((record, feeds) for record, _, feeds in self._refused if feeds)
        if not spanning:
            return np.zeros(len(records), dtype=np.int64)
        at = np.array([record for record, _ in spanning])
        total = np.concatenate(([0], np.cumsum([feeds for _, feeds in spanning])))
        return total[np.searchsorted(at, records, side="left")]


def _line_feeds(batch: pa.RecordBatch) -> np.ndarray:
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return total
