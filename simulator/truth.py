"""What only the world knows, kept aside to judge the platform by; no export holds any of it."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

__all__ = ["Truth"]


class Truth:
    """Tables of integers by name, in batches of columns; `kept` false forgets each day when it is over."""

    def __init__(self, kept: bool = True) -> None:
        self.kept = kept
        self._batches: dict[str, list[dict[str, np.ndarray]]] = defaultdict(list)
        self._today: dict[str, int] = {}

    def add(self, table: str, **columns: np.ndarray) -> None:
        if len(next(iter(columns.values()))):
            self._batches[table].append(columns)

    @property
    def names(self) -> list[str]:
        return sorted(self._batches)

    def begin_day(self) -> None:
        """From here on `today` counts."""
        if not self.kept:
            self._batches.clear()
        self._today = {name: len(batches) for name, batches in self._batches.items()}

    def today(self, table: str) -> dict[str, np.ndarray]:
        """What was added to a table since the day began."""
        return _joined(self._batches.get(table, [])[self._today.get(table, 0) :])

    def take(self, table: str) -> dict[str, np.ndarray]:
        """Everything added to a table since the last call; empty if nothing was."""
        self._today.pop(table, None)
        return _joined(self._batches.pop(table, []))


def _joined(batches: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    if not batches:
        return {}
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
