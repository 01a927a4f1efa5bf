"""What own stock is worth, at moving average: units that come bring their cost, units that leave take the average.

The day's steps follow each other by what they do, not by the clock: returns of the morning are booked after parcels
of the evening. Whoever values stock from its ledger goes by the clock. So changes are noted with their moment
during the day and valued in order of time when the day closes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np

__all__ = ["Worth"]

_AT_AVERAGE = -1


@dataclass(frozen=True)
class _Change:
    """Units of one step that come (> 0) or leave (< 0), and who is told what they were worth."""

    at: np.ndarray
    warehouse: np.ndarray
    sku: np.ndarray
    qty: np.ndarray
    fen: np.ndarray  # what they cost, _AT_AVERAGE for the average of their moment
    tell: Callable[[np.ndarray], None] | None


class Worth:
    """Units and fen of own stock over (warehouses, skus), of every status.

    `units` holds at once; `fen` as of the last `close_day`. `month` sums what came and left since it was last set to
    nil.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.units = np.zeros(shape, np.int64)
        self.fen = np.zeros(shape, np.int64)
        self.month = {name: np.zeros(shape, np.int64) for name in ("in_qty", "in_fen", "out_qty", "out_fen")}
        self._valued = np.zeros(shape, np.int64)  # units that `fen` stands for
        self._changes: list[_Change] = []

    def bring(
        self, at: np.ndarray | int, warehouse: np.ndarray, sku: np.ndarray, qty: np.ndarray,
        fen: np.ndarray | None = None, tell: Callable[[np.ndarray], None] | None = None,
    ) -> None:  # fmt: skip
        """Units come in at what they cost, or at the average of their moment; `tell` hears the fen at day's end."""
        cost = np.full(len(sku), _AT_AVERAGE) if fen is None else fen
        self._note(at, warehouse, sku, qty, cost, tell)

    def take(
        self, at: np.ndarray | int, warehouse: np.ndarray, sku: np.ndarray, qty: np.ndarray,
        tell: Callable[[np.ndarray], None],
    ) -> None:  # fmt: skip
        """Units leave at the moving average of their moment; `tell` hears their worth in fen at day's end."""
        self._note(at, warehouse, sku, -qty, np.full(len(sku), _AT_AVERAGE), tell)

    def _note(self, at, warehouse, sku, qty, fen, tell) -> None:
        if len(sku):
            at = np.broadcast_to(np.asarray(at, np.int64), len(sku))
            self._changes.append(_Change(at, warehouse, sku, qty, fen, tell))
            np.add.at(self.units, (warehouse, sku), qty)

    def close_day(self) -> None:
        """Value the day's changes in order of time; what comes in at a moment can leave at once."""
        changes, self._changes = self._changes, []
        if not changes:
            return
        at, warehouse, sku, qty, known = (
            np.concatenate([getattr(change, name) for change in changes])
            for name in ("at", "warehouse", "sku", "qty", "fen")
        )
        order = np.lexsort((qty < 0, at))
        fen = _value(order, warehouse, sku, qty, known, self._valued, self.fen)
        where = warehouse, sku
        for prefix, comes in (("in", qty > 0), ("out", qty < 0)):
            place = tuple(values[comes] for values in where)
            np.add.at(self.month[f"{prefix}_qty"], place, np.abs(qty[comes]))
            np.add.at(self.month[f"{prefix}_fen"], place, fen[comes])
        ends = np.cumsum([len(change.sku) for change in changes])
        for change, part in zip(changes, np.split(fen, ends[:-1]), strict=True):
            if change.tell is not None:
                change.tell(part)


@numba.njit(cache=True)
def _value(order, warehouse, sku, qty, known, held, worth):
    fen = np.zeros(len(qty), np.int64)
    for row in order:
        w, s, units = warehouse[row], sku[row], qty[row]
        value = known[row]
        if value < 0:
            of = max(held[w, s], 1)
            value = (2 * worth[w, s] * abs(units) + of) // (2 * of)
        fen[row] = value
        held[w, s] += units
        worth[w, s] += value if units > 0 else -value
    return fen
