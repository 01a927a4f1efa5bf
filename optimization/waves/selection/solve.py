"""The wave of most units per aisle."""

import threading
import time
from dataclasses import dataclass

import numpy as np

from optimization.waves.selection.bound import upper_bound
from optimization.waves.selection.exchange import SeveralLines
from optimization.waves.selection.problem import WaveSelection, arrays
from optimization.waves.selection.single_lines import SingleLines
from optimization.waves.selection.sizes import Sizes, work


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


def select_wave(problem: WaveSelection, seconds: float, seed: int = 0) -> Selected | None:
    a = arrays(problem)
    if not len(a.units):
        return None
    engine = SingleLines(a) if (np.diff(a.orders.first) == 1).all() else SeveralLines(a)
    sizes, stop = Sizes(a, 2 * seconds), np.zeros(1, np.bool_)
    until = time.monotonic() + seconds
    workers = [threading.Thread(target=work, args=(sizes, engine, until, seed + 1000000*i, stop), daemon=True) for i in range(2)]
    for w in workers: w.start()
    for w in workers: w.join(max(0.0, until-time.monotonic()))
    stop[0] = True
    for w in workers: w.join()
    if not sizes.best:
        return None
    best=sizes.best
    print(sorted((k,f.units,round(f.units/k,3)) for k,f in sizes.found.items()), sizes.stage)
    picked = engine.orders(best.visited, best.chosen)
    chosen = sorted(problem.servable[index] for index in picked)
    return Selected(tuple(chosen), tuple(np.flatnonzero(best.visited).tolist()), int(a.units[picked].sum()), upper_bound(a))
