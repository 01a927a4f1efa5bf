"""The wave of most units per aisle."""

import time
from dataclasses import dataclass

import numpy as np

from optimization.waves.selection.bound import upper_bound
from optimization.waves.selection.problem import Arrays, WaveSelection, arrays
from optimization.waves.selection.proof import proven_bound
from optimization.waves.selection.search import Wave, begin, empty_wave, search

AT_ONCE = 2_000
HOT, COLD = 0.02, 0.0005
# Rounds of a search, every other one from a wave of another size.
ROUNDS = 10


@dataclass(frozen=True)
class Selected:
    """A wave.

    Parameters
    ----------
    orders, aisles
        Their numbers, ascending.
    units
        Units of its orders.
    bound
        No wave has more units per aisle.
    """

    orders: tuple[int, ...]
    aisles: tuple[int, ...]
    units: int
    bound: float

    @property
    def value(self) -> float:
        """Units per aisle visited."""
        return self.units / len(self.aisles)


def select_wave(problem: WaveSelection, seconds: float, seed: int = 0, proof_seconds: float = 0.0) -> Selected | None:
    """Search for `seconds`, then bound every wave for `proof_seconds`; None where none of the least size was found."""
    a = arrays(problem)
    if not len(a.units):
        return None
    draw = np.random.default_rng(seed)
    w, best = empty_wave(a), empty_wave(a)
    order = _largest_first(a)
    begin(a, w, order, a.least)
    value = 0.0
    if w.count[1] >= a.least:
        _copy(w, best)
        value = w.count[1] / w.count[0]
    begun = time.perf_counter()
    moves, number = AT_ONCE, 0
    while (spent := time.perf_counter() - begun) < seconds:
        value = search(a, w, best, value, moves, HOT, COLD, seed + number)
        took = time.perf_counter() - begun - spent
        moves = int(max(AT_ONCE, min(moves * 2, moves * seconds / ROUNDS / max(took, 1e-6))))
        number += 1
        if value and number % 2:
            _copy(best, w)
        else:
            # A wave of another size: from a good one, no exchange of single aisles leads to twice as many.
            _copy(empty_wave(a), w)
            begin(a, w, order, int(draw.integers(a.least, a.most + 1)))
    if not value:
        return None
    chosen = sorted(problem.servable[index] for index in np.flatnonzero(best.chosen))
    value = best.count[1] / best.count[0]
    bound = proven_bound(a, value, proof_seconds) if proof_seconds > 0 else upper_bound(a)
    return Selected(tuple(chosen), tuple(np.flatnonzero(best.visited).tolist()), int(best.count[1]), bound)


def _largest_first(a: Arrays) -> np.ndarray:
    size = np.add.reduceat(np.append(a.aisles.quantity, 0), a.aisles.first[:-1]) * (np.diff(a.aisles.first) > 0)
    return np.argsort(-size, kind="stable")


def _copy(source: Wave, target: Wave) -> None:
    target.visited[:], target.chosen[:], target.left[:] = source.visited, source.chosen, source.left
    target.count[:] = source.count
