"""Tasks side by side: each begins when those before it that it waits for are over.

Work in the engine and in numeric libraries lets go of Python's lock, so two lanes keep two cores busy.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["LANES", "abreast"]

LANES = 2
R = TypeVar("R")


def abreast(waits_for: Sequence[Collection[int]], do: Callable[[int, int], R], lanes: int = LANES) -> list[R]:
    """Do task after task in as many lanes; what they return, in the order of the tasks.

    Of tasks that may begin the first one does, so that one lane does them in their order.

    Parameters
    ----------
    waits_for
        By task, the places of earlier ones that must be over before it begins.
    do
        Does a task, given its place and the lane, 0 or above, that it is done in.

    Raises
    ------
    ValueError
        If a task waits for itself or for a later one.
    Exception
        What the first task that failed raised; after it none begins.
    """
    for place, before in enumerate(waits_for):
        if any(other >= place for other in before):
            raise ValueError(f"task {place} waits for {max(before)}, which is not before it")
    if lanes == 1 or len(waits_for) < 2:
        return [do(place, 0) for place in range(len(waits_for))]
    work = _Work(waits_for, do)
    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(work.go, range(min(lanes, len(waits_for)))))
    if work.failed:
        raise work.failed[min(work.failed)]
    return [work.results[place] for place in range(len(waits_for))]


class _Work:
    """What is waiting, what is over, and what came of it; shared by the lanes."""

    def __init__(self, waits_for: Sequence[Collection[int]], do: Callable[[int, int], R]) -> None:
        self._waits_for, self._do = waits_for, do
        self._waiting = list(range(len(waits_for)))
        self._moved = threading.Condition()
        self.results: dict[int, R] = {}
        self.failed: dict[int, BaseException] = {}

    def go(self, lane: int) -> None:
        """Do what may begin until nothing waits, or a task has failed."""
        while (place := self._next()) is not None:
            try:
                result = self._do(place, lane)
            except BaseException as error:
                with self._moved:
                    self.failed[place] = error
                    self._moved.notify_all()
                return
            with self._moved:
                self.results[place] = result
                self._moved.notify_all()

    def _next(self) -> int | None:
        with self._moved:
            while self._waiting and not self.failed:
                for place in self._waiting:
                    if all(other in self.results for other in self._waits_for[place]):
                        self._waiting.remove(place)
                        return place
                self._moved.wait()
        return None
