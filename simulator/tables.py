"""The eleven systems' tables while the world runs: columns of integers, appended to or changed in place.

Columns carry the contract's names. What the integers mean follows the contract's types: money in fen, shares in
millionths, instants in seconds (0 none), days since 1970 (0 none), places in a closed list or a book (-1 none),
serial numbers (-1 none). `NULL` stands for no amount and no quantity. A column that begins with `_` belongs to the
world alone and is never exported: a whole number, or a share drawn beforehand where it begins with `_u_`.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from contracts import inbox

if TYPE_CHECKING:
    from contracts.model import Table

__all__ = ["NULL", "Facts", "Register", "code", "contract_of", "empty_value", "storage"]

NULL = np.iinfo(np.int64).min
_STORAGE = {
    "id": np.int64, "text": np.int64, "json": np.int64, "qty": np.int64, "money": np.int64, "rate": np.int64,
    "number": np.float64, "ts": np.int64, "date": np.int32, "enum": np.int8, "time": np.int32, "bool": np.int8,
    "int": np.int64,
}  # fmt: skip
_EMPTY = {
    "id": -1, "text": -1, "json": -1, "qty": NULL, "money": NULL, "rate": NULL, "number": np.nan, "ts": 0,
    "date": 0, "enum": -1, "time": -1, "bool": -1, "int": NULL,
}  # fmt: skip


@lru_cache
def contract_of(qualified: str) -> Table:
    system, name = qualified.split(".")
    return inbox()[system].tables[name]


@lru_cache
def storage(qualified: str, column: str) -> np.dtype:
    if column.startswith("_"):
        return np.dtype(np.float64 if column.startswith("_u_") else np.int64)
    return np.dtype(_STORAGE[contract_of(qualified).column(column).type])


@lru_cache
def empty_value(qualified: str, column: str) -> float | int:
    """What stands for null in a column."""
    if column.startswith("_"):
        return 0.0 if column.startswith("_u_") else -1
    return _EMPTY[contract_of(qualified).column(column).type]


@lru_cache
def code(qualified: str, column: str, value: str) -> int:
    """The place of a value in an enum column's closed list."""
    return contract_of(qualified).column(column).values.index(value)


class Facts:
    """A table of facts that never change: batches of columns until the export takes them."""

    def __init__(self, qualified: str, first: int = 0) -> None:
        self.qualified = qualified
        self.count = first
        self._batches: list[dict[str, np.ndarray]] = []

    def add(self, n: int, **columns: np.ndarray | float | int) -> np.ndarray:
        """Append `n` rows; a scalar stands for every row. Returns their serial numbers."""
        serials = np.arange(self.count, self.count + n)
        if n:
            self.count += n
            batch = {name: _filled(self.qualified, name, value, n) for name, value in columns.items()}
            self._batches.append({"_serial": serials, **batch})
        return serials

    def take(self) -> dict[str, np.ndarray]:
        """Everything added since the last call, in order; empty if nothing was."""
        batches, self._batches = self._batches, []
        return _concatenated(self.qualified, batches)

    def since(self, serial: int) -> dict[str, np.ndarray]:
        """Batches from a serial number on that nobody has taken yet."""
        first = bisect_left(self._batches, serial, key=lambda batch: batch["_serial"][0])
        return _concatenated(self.qualified, self._batches[first:])

    def peek(self) -> dict[str, np.ndarray]:
        """The same without taking it."""
        return _concatenated(self.qualified, self._batches)


class Register:
    """A table whose rows change: a window of live rows, oldest first, addressed by serial number.

    Rows before `base` are final and gone; whoever needs the whole table keeps what `retire` hands out. The window
    lies somewhere in its arrays and moves to their front only when room is short: moving it every day would cost
    more than the day. Changes of `watched` columns are written down until `take_log` hands them out.
    """

    def __init__(self, qualified: str, columns: tuple[str, ...], watched: tuple[str, ...] = ()) -> None:
        self.qualified = qualified
        self.names = columns
        self.base = 0
        self.count = 0
        self._start = 0  # where in the arrays the window begins
        self._capacity = 1024
        self._data = {name: self._blank(name, self._capacity) for name in columns}
        self.updated_at = np.zeros(self._capacity, np.int64)
        self._changed = np.zeros(self._capacity, bool)
        self._log: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {name: [] for name in watched}

    def _blank(self, name: str, size: int) -> np.ndarray:
        kind = storage(self.qualified, name)
        # Ids are places and serial numbers: half the width holds two thousand million of them.
        narrow = not name.startswith("_") and contract_of(self.qualified).column(name).type in ("id", "text", "json")
        return np.full(size, empty_value(self.qualified, name), np.int32 if narrow else kind)

    def add(self, n: int, at: np.ndarray | int, **columns: np.ndarray | float | int) -> np.ndarray:
        """Open `n` rows; columns not given are null. Returns their serial numbers, which follow each other."""
        self._reserve(n)
        start = self._end
        for name, value in columns.items():
            self._data[name][start : start + n] = value
        opened = np.arange(self.count, self.count + n)
        for name, log in self._log.items():
            after = self._data[name][start : start + n].copy()
            log.append((opened, np.full_like(after, empty_value(self.qualified, name)), after))
        self.updated_at[start : start + n] = at
        self._changed[start : start + n] = True
        self.count += n
        return opened

    def set(self, serials: np.ndarray, at: np.ndarray | int, **columns: np.ndarray | float | int) -> None:
        """Change rows; `at` is the version's time and never goes back."""
        rows = self._rows_of(serials)
        for name, value in columns.items():
            values, log = self._data[name], self._log.get(name)
            before = None if log is None else values[rows]
            values[rows] = value
            if log is not None:
                log.append((serials, before, values[rows]))
        self.updated_at[rows] = np.maximum(self.updated_at[rows], at)
        self._changed[rows] = True

    def get(self, name: str, serials: np.ndarray) -> np.ndarray:
        values = self._data[name][self._rows_of(serials)]
        return values.astype(np.int64) if values.dtype == np.int32 else values

    @property
    def _end(self) -> int:
        """Where in the arrays the next row goes."""
        return self._start + self.count - self.base

    def _rows_of(self, serials: np.ndarray) -> np.ndarray:
        if len(serials) and serials.min() < self.base:
            raise IndexError(f"{self.qualified}: row {int(serials.min())} is retired; rows start at {self.base}")
        return serials + (self._start - self.base)

    def live(self, name: str) -> np.ndarray:
        """A column of all live rows, from `base` on; read only."""
        return self._data[name][self._start : self._end]

    def bump(self, name: str, serials: np.ndarray, by: np.ndarray | int) -> None:
        """Add to a number of rows, which may repeat; for private counters, so no new version comes of it."""
        np.add.at(self._data[name], self._rows_of(serials), by)

    def note(self, serials: np.ndarray, **columns: np.ndarray | float | int) -> None:
        """Change private columns of rows; no new version comes of it."""
        rows = self._rows_of(serials)
        for name, value in columns.items():
            self._data[name][rows] = value

    def take_log(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, values before and values after of every setting of a watched column since the last call, in order.

        A row that was opened comes with the column's empty value before.
        """
        log, self._log[name] = self._log[name], []
        kind = self._data[name].dtype
        rows, before, after = zip(*log, strict=True) if log else ((), (), ())
        return (
            np.concatenate([np.zeros(0, np.int64), *rows]),
            np.concatenate([np.zeros(0, kind), *before]),
            np.concatenate([np.zeros(0, kind), *after]),
        )

    def take_changed(self, most: int | None = None) -> dict[str, np.ndarray]:
        """The present version of every row changed since it was taken last; of no more than `most`, oldest first."""
        rows = np.flatnonzero(self._changed[self._start : self._end])[:most] + self._start
        self._changed[rows] = False
        return self._rows(rows)

    def retire(self, before: int) -> dict[str, np.ndarray]:
        """Hand out the rows with serial numbers below `before` and forget them."""
        n = max(0, min(before, self.count) - self.base)
        out = self._rows(np.arange(self._start, self._start + n))
        self._start += n
        self.base += n
        return out

    def _rows(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        serials = rows + (self.base - self._start)
        out = {"_serial": serials, **{name: values[rows] for name, values in self._data.items()}}
        out["updated_at"] = self.updated_at[rows]
        return out

    def _reserve(self, n: int) -> None:
        used = self.count - self.base
        if self._end + n > self._capacity:
            # A fifth of room after moving, or the next move would come too soon.
            if (used + n) * 5 // 4 > self._capacity:
                self._move_to(max(used + n, self._capacity * 5 // 4))
            else:
                self._move_to(self._capacity)
        for name, values in self._data.items():
            values[self._end : self._end + n] = empty_value(self.qualified, name)

    def _move_to(self, size: int) -> None:
        """Bring the window to the front of arrays of this size."""
        live = slice(self._start, self._end)
        used = self.count - self.base
        for name in self.names:
            moved = self._blank(name, size)
            moved[:used] = self._data[name][live]
            self._data[name] = moved
        self.updated_at = np.concatenate([self.updated_at[live], np.zeros(size - used, np.int64)])
        self._changed = np.concatenate([self._changed[live], np.zeros(size - used, bool)])
        self._start, self._capacity = 0, size


def _filled(qualified: str, name: str, value: np.ndarray | float | int, n: int) -> np.ndarray:
    kind = storage(qualified, name)
    if np.ndim(value):
        if len(value) != n:
            raise ValueError(f"{qualified}.{name} has {len(value)} values for {n} rows")
        return np.asarray(value, kind)
    return np.full(n, value, kind)


def _concatenated(qualified: str, batches: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    if not batches:
        return {}
    names = list(dict.fromkeys(name for batch in batches for name in batch))
    sizes = [len(batch["_serial"]) for batch in batches]
    return {
        name: np.concatenate(
            [
                batch[name] if name in batch else np.full(size, empty_value(qualified, name), storage(qualified, name))
                for batch, size in zip(batches, sizes, strict=True)
            ]
        )
        for name in names
    }
