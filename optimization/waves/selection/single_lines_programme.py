"""Orders of one line each: most units of so many aisles by a linear program, then by trying what it leaves open."""

import threading

import numpy as np

from optimization.waves.selection.enumeration import best_set
from optimization.waves.selection.majorant import majorant
from optimization.waves.selection.relaxation import ROUNDING, Relaxation, Relaxed
from optimization.waves.selection.several_lines_programme import SeveralLinesProgramme
from optimization.waves.selection.single_lines import SingleLines
from optimization.waves.selection.sizes import Found


class SingleLinesProgramme:
    """Bounds by number of aisles."""

    patience = 0.4

    def __init__(self, engine: SingleLines) -> None:
        self.engine, self.majorant = engine, majorant(engine.a, engine.reach)
        self.relaxation = Relaxation(engine.a, self.majorant)
        self.known: dict[int, Relaxed] = {}
        # Nothing to try: compiles the kernel where its cache is empty, before any time of it counts.
        self._best_set(np.zeros(0, np.int64), 1, np.zeros(1, np.int64), np.ones(1, np.bool_), 1)

    def relaxed(self, count: int, seconds: float) -> float | None:
        """Units that no wave of so many aisles exceeds, aisles in parts; None when time ran out."""
        found = self.relaxation.most_units(count, seconds)
        if found is None:
            return None
        self.known[count] = found
        return found.units

    def decide(self, count: int, need: int, seconds: float) -> tuple[float, Found | None]:
        """Units that no wave of so many aisles exceeds, from `need` − 1 on, and a wave of `need` or more if known.

        Only aisles are tried with which the linear program still reaches `need`.
        """
        relaxed = self.known[count]
        candidates = np.flatnonzero(relaxed.units - relaxed.less_with >= need - ROUNDING)
        if len(candidates) < count:
            return need - 1.0, None
        best, halt = np.zeros(count, np.int64), np.zeros(1, np.bool_)
        timer = threading.Timer(seconds, halt.__setitem__, (0, True))
        timer.start()
        after = self._best_set(candidates, count, best, halt, need)
        timer.cancel()
        wave = None
        if after > need:
            visited = np.zeros(self.relaxation.aisles, np.bool_)
            visited[best] = True
            wave = Found(*self.engine.found(visited, after - 1))
            if wave.units < after - 1:
                # The limit of a wave cuts between orders; sums over items do not see that.
                return SeveralLinesProgramme(self.engine.a).decide(count, need, seconds)
        return np.floor(relaxed.units + ROUNDING) if halt[0] else after - 1.0, wave

    def _best_set(self, candidates: np.ndarray, count: int, best: np.ndarray, halt: np.ndarray, need: int) -> int:
        return best_set(self.engine.a, self.engine.reach, self.majorant, candidates, count, need, best, halt)
