"""Line numbers of parsed records, exact even where values hold line breaks or records were refused."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

# A line ends as the parser has it: with LF, CR LF or CR.
LINE_BREAK = re.compile(r"\r\n|\n|\r")
REFUSED_SCHEMA = pa.schema([("line_no", pa.int64()), ("reason", pa.string()), ("text", pa.string())])


class LineNumbers:
    """Turns the parser's records into line numbers of the file, batch by batch.

    Parameters
    ----------
    first_line
        Line of the file on which record 1 begins.
    text_characters
        How much of a refused record that spans lines is kept; one of a single line can be read again.
    """

    def __init__(self, first_line: int, text_characters: int) -> None:
        self._line = first_line  # on which the next record begins
        self._record = 1  # number of the next record
        self._text_characters = text_characters
        # Records refused since the last batch: number, line breaks in it, and what is kept of it.
        self._pending: list[tuple[int, int, str | None]] = []
        self._refused: list[pa.Table] = []
        self.rows = 0
        self.empty: list[int] = []  # lines of records without any value
        self.refused_rows = 0

    def refuse(self, row: pyarrow.csv.InvalidRow) -> str:
        """Take note of a record that does not split into the header's columns (pyarrow's handler)."""
        text = row.text.rstrip("\r\n")
        breaks = len(LINE_BREAK.findall(row.text))
        # A line of blanks is no record, but it is a line.
        kept = "" if not text.strip() else text[: self._text_characters] if breaks else None
        self._pending.append((row.number, breaks, kept))
        return "skip"

    def of(self, batch: pa.RecordBatch, may_span_lines: bool) -> pa.Array:
        """Line numbers of the batch's records, in order; call once per batch, in file order."""
        count = batch.num_rows
        breaks = _line_breaks(batch) if may_span_lines else np.zeros(count, dtype=np.int64)
        begins = np.arange(count + 1) + np.concatenate(([0], np.cumsum(breaks)))
        # `place` of a refused record is how many of the batch's records stand before it; the parser
        # may have read ahead, so that some belong to later batches.
        place = np.array([number for number, _, _ in self._pending], dtype=np.int64) - self._record
        place -= np.arange(len(place))
        inside = int(np.searchsorted(place, count, side="left"))
        refused, self._pending = self._pending[:inside], self._pending[inside:]
        spans = np.concatenate(([0], np.cumsum([1 + breaks for _, breaks, _ in refused]))).astype(np.int64)
        before = np.searchsorted(place[:inside], np.arange(count), side="right")
        lines = self._line + begins[:-1] + spans[before]
        self._note(self._line + begins[place[:inside]] + spans[:-1], refused)
        self._line += int(begins[-1] + spans[-1])
        self._record += count + inside
        self.rows += count
        self.empty += lines[_is_empty(batch)].tolist()
        return pa.array(lines, pa.int64())

    def refused(self) -> pa.Table:
        """Line, and text where it spans lines, of every refused record; call after the last batch."""
        spans = np.cumsum([0] + [1 + breaks for _, breaks, _ in self._pending])
        self._note(self._line + spans[:-1], self._pending)
        self._pending = []
        return pa.concat_tables([REFUSED_SCHEMA.empty_table(), *self._refused])

    def _note(self, lines: np.ndarray, refused: list[tuple[int, int, str | None]]) -> None:
        pairs = zip(lines, refused, strict=True)
        kept = [(int(line), "wrong_column_count", text) for line, (_, _, text) in pairs if text != ""]
        if kept:
            self._refused.append(pa.table(list(zip(*kept, strict=True)), schema=REFUSED_SCHEMA))
        self.refused_rows += len(kept)


def _line_breaks(batch: pa.RecordBatch) -> np.ndarray:
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        # Few columns hold any, and whether one does is seen at the speed of memory.
        held = column.buffers()[2].to_pybytes() if column.buffers()[2] else b""
        for mark, sign in (("\n", 1), ("\r", 1), ("\r\n", -1)):
            if mark.encode() in held:
                total += sign * pc.count_substring(column, mark).to_numpy(zero_copy_only=False)
    return total


def _is_empty(batch: pa.RecordBatch) -> np.ndarray:
    empty = np.ones(batch.num_rows, dtype=bool)
    for column in batch.columns:
        if not empty.any():
            break
        empty &= pc.equal(column, "").to_numpy(zero_copy_only=False)
    return empty
