"""What is due on which day: batches of rows put aside for a later step."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

__all__ = ["Agenda"]


class Agenda:
    """Rows by kind and day. A kind always carries the same columns."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, int], list[dict[str, np.ndarray]]] = defaultdict(list)

    def put(self, kind: str, days: np.ndarray, **columns: np.ndarray) -> None:
        """Keep each row until its day; `columns` are arrays as long as `days`."""
        if not len(days):
            return
        order = np.argsort(days, kind="stable")
        ordered = days[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        ends = np.r_[starts[1:], len(ordered)]
        for start, end in zip(starts, ends, strict=True):
            rows = order[start:end]
            self._due[kind, int(ordered[start])].append({name: values[rows] for name, values in columns.items()})

    def due(self, kind: str, day: int) -> dict[str, np.ndarray] | None:
        """Take what is due on `day`, in the order it was put; None if nothing is."""
        batches = self._due.pop((kind, day), None)
        if batches is None:
            return None
        if len(batches) == 1:
            return batches[0]
        return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}

    def total(self, kind: str, column: str) -> int:
        """The sum of a column over the rows of a kind that are still to come."""
        return sum(
            int(batch[column].sum()) for (name, _), batches in self._due.items() if name == kind for batch in batches
        )

    def waiting(self, kind: str) -> int:
        """How many rows of a kind are still to come."""
        return sum(
            len(next(iter(batch.values())))
            for (name, _), batches in self._due.items()
            if name == kind
            for batch in batches
        )
