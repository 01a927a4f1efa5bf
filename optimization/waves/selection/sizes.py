"""How many aisles a wave should visit: many numbers are tried for a moment, the promising ones longer."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from optimization.waves.selection.bound import most_units
from optimization.waves.selection.problem import Arrays

# Numbers of aisles that are tried at first, and how many stay to the end (each with its neighbours).
FIRST, LAST = 24, 3
# Share of the time that the first stage takes, and the most of one; each takes twice as long as the one before and
# tries half as many numbers.
STAGE, LONGEST = 0.04, 0.05
# A wave that is heated again and the end of every search, as shares of the temperature of one from scratch.
WARM, COLD = 0.4, 0.05
# That temperature differs from search to search: floors with few orders want thrice what most do.
COOLEST, HOTTEST = 0.4, 3.0
# Moves that show how long a move takes, and their temperature.
PACE_MOVES, PROBE = 200, 1e-3


class Annealing(Protocol):
    """A search among waves of as many aisles as the one it begins with.

    Parameters
    ----------
    hot
        Temperature of a search from scratch, as a share of the units of an aisle.
    """

    hot: float

    def anneal(
        self,
        visited: np.ndarray,
        chosen: np.ndarray,
        moves: int,
        hot: float,
        cold: float,
        seed: int,
        stop: np.ndarray,
    ) -> tuple[int, np.ndarray, np.ndarray]:
        """Units, aisles and orders of the best wave met."""

    def neighbours(self, visited: np.ndarray, chosen: np.ndarray) -> Iterable[tuple[int, np.ndarray, np.ndarray]]:
        """The best waves of an aisle less and of an aisle more."""


class Found(NamedTuple):
    """A wave of as many units from as many aisles; `chosen` may be left open."""

    units: int
    visited: np.ndarray
    chosen: np.ndarray


class Task(NamedTuple):
    """Anneal waves of so many aisles for some seconds, from this one on, which is warm if it is a good one."""

    size: int
    seconds: float
    start: Found
    warm: bool


@dataclass
class Sizes:
    """The best wave of each number of aisles, and which number to try next; workers share it.

    Parameters
    ----------
    a
        The problem.
    seconds
        Of work, all workers together.

    Attributes
    ----------
    most
        (aisles,) units that 1, 2, … aisles give at most; who proves less lowers it.
    """

    a: Arrays
    seconds: float
    best: Found | None = None
    found: dict[int, Found] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stage: int = 0
    kept: int = FIRST
    waiting: list[Task] = field(default_factory=list)

    def __post_init__(self) -> None:
        held = np.repeat(np.arange(len(self.a.aisles.first) - 1), np.diff(self.a.aisles.first))
        size = np.bincount(held, weights=self.a.aisles.quantity, minlength=len(self.a.aisles.first) - 1)
        self.largest = np.argsort(-size, kind="stable")
        self.most = most_units(self.a).astype(float)

    @property
    def value(self) -> float:
        """Units per aisle of the best wave; 0 where none is known."""
        return self.best.units / self.best.visited.sum() if self.best else 0.0

    def offer(self, wave: Found) -> None:
        """Remember a wave if it is better than others of as many aisles."""
        size = int(wave.visited.sum())
        with self.lock:
            known = self.found.get(size)
            if known is None or wave.units > known.units:
                self.found[size] = wave
            if wave.units >= self.a.least and wave.units > self.value * size + 1e-9:
                self.best = wave

    def take(self) -> Task | None:
        """What to try next; None where no number of aisles can give more."""
        with self.lock:
            while True:
                if not self.waiting:
                    self._next_stage()
                if not self.waiting:
                    return None
                task = self.waiting.pop(0)
                if self._possible(task.size):
                    return task

    def _possible(self, size: int) -> bool:
        """Whether so many aisles may reach the least size and more units per aisle than the best wave."""
        most, known = self.most[size - 1], self.found.get(size)
        reached = max(self.value * size + 1e-9, known.units if known else 0, self.a.least - 1)
        return bool(most > reached)

    def _worth(self, size: int) -> float:
        """Units per aisle; a wave that is too small is worth less the more it lacks."""
        units = self.found[size].units
        return units / size * min(1.0, units / max(self.a.least, 1)) ** 2

    def _next_stage(self) -> None:
        possible = [size for size in range(1, len(self.most) + 1) if self._possible(size)]
        if not possible:
            return
        if self.stage == 0:
            grid = np.geomspace(possible[0], possible[-1], FIRST) if len(possible) > FIRST else possible
            sizes = sorted({min(possible, key=lambda size: abs(size - wanted)) for wanted in grid})
        else:
            self.kept = max(LAST, self.kept // 2)
            ranked = sorted((size for size in possible if size in self.found), key=self._worth, reverse=True)
            sizes = ranked[: self.kept] if ranked else possible[:LAST]
            if self.stage > 1:
                near = {size + step for size in sizes[:LAST] for step in (-1, 1)}
                sizes = sorted(near.intersection(possible).union(sizes))
        each = min(STAGE * 2**self.stage, LONGEST) * self.seconds / len(sizes)
        self.waiting = [self._task(size, each) for size in sizes]
        self.stage += 1

    def _task(self, size: int, seconds: float) -> Task:
        """From the largest aisles on at first, then in turn from the best wave, heated a little, and from scratch."""
        known = self.found.get(size)
        if known is not None and self.stage % 2:
            return Task(size, seconds, known, warm=True)
        visited = np.zeros(len(self.largest), np.bool_)
        visited[self.largest[:size]] = True
        return Task(size, seconds, Found(0, visited, np.zeros(len(self.a.units), np.bool_)), warm=False)


def work(sizes: Sizes, engine: Annealing, until: float, seed: int, stop: np.ndarray) -> None:
    """Do tasks until a time of the clock (``time.monotonic``), or until `stop` is set.

    Parameters
    ----------
    stop
        (1,) bool.
    """
    draw = np.random.default_rng(seed)
    while not stop[0] and (left := until - time.monotonic()) > 0 and (task := sizes.take()) is not None:
        begun = time.perf_counter()
        probe = _probed(sizes, engine, task, draw, stop)
        moves = int(PACE_MOVES / (time.perf_counter() - begun) * min(task.seconds, left)) - PACE_MOVES
        _annealed(sizes, engine, task, probe, moves, draw, stop)


def work_by_moves(sizes: Sizes, engine: Annealing, seed: int) -> None:
    """Do tasks whose seconds are moves, until all of them are made: the same every time."""
    draw, stop, left = np.random.default_rng(seed), np.zeros(1, np.bool_), sizes.seconds
    while left > 0 and (task := sizes.take()) is not None:
        moves = int(min(task.seconds, left)) - PACE_MOVES
        _annealed(sizes, engine, task, _probed(sizes, engine, task, draw, stop), moves, draw, stop)
        left -= max(task.seconds, PACE_MOVES)


def _probed(
    sizes: Sizes, engine: Annealing, task: Task, draw: np.random.Generator, stop: np.ndarray
) -> Found:  # fmt: skip
    """The wave that a task begins with, after a few cold moves."""
    probe = Found(*engine.anneal(*task.start[1:], PACE_MOVES, PROBE, PROBE, _seed(draw), stop))
    sizes.offer(probe)
    return probe


def _annealed(
    sizes: Sizes, engine: Annealing, task: Task, probe: Found, moves: int, draw: np.random.Generator, stop: np.ndarray
) -> None:  # fmt: skip
    if moves <= 0:
        return
    hot = engine.hot * probe.units / task.size * COOLEST * (HOTTEST / COOLEST) ** draw.random()
    hot = max(hot, PROBE)
    begin = WARM * hot if task.warm else hot
    wave = Found(*engine.anneal(*probe[1:], moves, begin, COLD * hot, _seed(draw), stop))
    for found in (wave, *map(Found._make, engine.neighbours(*wave[1:]))):
        sizes.offer(found)


def _seed(draw: np.random.Generator) -> int:
    return int(draw.integers(2**31))
