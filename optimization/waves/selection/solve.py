"""The wave of most units per aisle."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

import numpy as np

from optimization.waves.selection.exchange import SeveralLines
from optimization.waves.selection.problem import Arrays, WaveSelection, arrays
from optimization.waves.selection.proof import Programme, Proof, prove
from optimization.waves.selection.several_lines_programme import SeveralLinesProgramme
from optimization.waves.selection.single_lines import SingleLines
from optimization.waves.selection.single_lines_programme import SingleLinesProgramme
from optimization.waves.selection.sizes import Sizes, work, work_by_moves

THREADS = 2
# Share of the time in which one of them attempts a proof; how often, in seconds, is asked whether it has come about.
PROOF = 0.6
LOOK = 0.02


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
    """Search with two threads for `seconds`, or until no wave can be better; None where none is of the least size.

    One of them at first bounds what any wave can give, as long as that is in reach.
    """
    a = arrays(problem)
    if not len(a.units):
        return None
    engine = _engine(a)
    programme: Callable[[], Programme] = partial(SeveralLinesProgramme, a)
    if isinstance(engine, SingleLines):
        programme = partial(SingleLinesProgramme, engine)
    sizes, stop = Sizes(a, THREADS * seconds), np.zeros(1, np.bool_)
    proof, begun = Proof(a, sizes), time.monotonic()

    def search_and_prove() -> None:
        prove(proof, programme(), PROOF * seconds)
        work(sizes, engine, begun + seconds, seed + 1, stop)

    with ThreadPoolExecutor(THREADS) as threads:
        tasks = [threads.submit(work, sizes, engine, begun + seconds, seed, stop), threads.submit(search_and_prove)]
        while (left := begun + seconds - time.monotonic()) > 0 and not all(task.done() for task in tasks):
            if proof.bound() <= sizes.value:
                break
            wait(tasks, min(left, LOOK), return_when=FIRST_EXCEPTION)
        stop[0] = True
    for task in tasks:
        task.result()
    return _selected(problem, a, engine, sizes, proof)


def select_wave_by_moves(problem: WaveSelection, moves: int, seed: int = 0) -> Selected | None:
    """The same by one thread and so many moves: equal problems have equal waves. The bound is the simple one."""
    a = arrays(problem)
    if not len(a.units):
        return None
    engine, sizes = _engine(a), Sizes(a, float(moves))
    work_by_moves(sizes, engine, seed)
    return _selected(problem, a, engine, sizes, Proof(a, sizes))


def _engine(a: Arrays) -> SingleLines | SeveralLines:
    return SingleLines(a) if (np.diff(a.orders.first) == 1).all() else SeveralLines(a)


def _selected(
    problem: WaveSelection, a: Arrays, engine: SingleLines | SeveralLines, sizes: Sizes, proof: Proof
) -> Selected | None:
    if sizes.best is None:
        return None
    picked = engine.orders(sizes.best.visited, sizes.best.chosen)
    chosen = sorted(problem.servable[index] for index in picked)
    aisles = np.flatnonzero(sizes.best.visited).tolist()
    return Selected(tuple(chosen), tuple(aisles), int(a.units[picked].sum()), proof.bound())
