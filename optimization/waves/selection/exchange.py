"""Orders of several lines: aisles are exchanged, their number stays, and orders displace each other, by annealing."""

from collections.abc import Iterator

import numba
import numpy as np

from optimization.waves.selection.problem import Arrays
from optimization.waves.selection.wave import (
    Wave,
    begin,
    empty_wave,
    fill,
    force,
    give_up,
    leave,
    refill,
    undo,
    visit,
)  # fmt: skip

# Shares of the moves: an order displaces others; an aisle comes that holds what an order lacks. The rest are random.
DISPLACE, GUIDED = 0.3, 0.35
TRIES = 8


class SeveralLines:
    """Waves of orders of any number of lines."""

    hot = 0.5

    def __init__(self, a: Arrays) -> None:
        self.a = a

    def anneal(
        self, visited: np.ndarray, chosen: np.ndarray, moves: int, hot: float, cold: float, seed: int, stop: np.ndarray
    ) -> tuple[int, np.ndarray, np.ndarray]:
        """Units, aisles and orders of the best wave met from this one on, with as many aisles.

        Parameters
        ----------
        visited, chosen
            (aisles,), (orders,) bool; the aisles must hold what the orders want.
        moves
            How many are tried.
        hot, cold
            Temperature in units, at the beginning and at the end.
        stop
            (1,) bool; set by another thread, it ends the moves.
        """
        w, best = empty_wave(self.a), empty_wave(self.a)
        begin(self.a, w, visited, chosen)
        _anneal(self.a, w, best, moves, hot, cold, seed, stop)
        return int(best.count[1]), best.visited, best.chosen

    def neighbours(self, visited: np.ndarray, chosen: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """The best waves of an aisle less and of an aisle more."""
        for more in (False, True):
            w = empty_wave(self.a)
            begin(self.a, w, visited, chosen)
            if _step(self.a, w, more):
                yield int(w.count[1]), w.visited, w.chosen

    def orders(self, visited: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Indices of the orders of a wave that was found."""
        return np.flatnonzero(chosen)


@numba.njit(cache=True, nogil=True)
def _lacking(a: Arrays, w: Wave) -> int:
    """An aisle, not visited, that holds what an order at random lacks; −1 where none was hit upon."""
    for _ in range(TRIES):
        order = np.random.randint(len(a.units))
        if w.chosen[order]:
            continue
        low, high = a.orders.first[order], a.orders.first[order + 1]
        begin = np.random.randint(high - low)
        for shift in range(high - low):
            i = low + (begin + shift) % (high - low)
            item = a.orders.item[i]
            if w.left[item] < a.orders.quantity[i]:
                aisle = a.holding[a.held[item] + np.random.randint(a.held[item + 1] - a.held[item])]
                if not w.visited[aisle]:
                    return aisle
    return -1


@numba.njit(cache=True, nogil=True)
def _displace(aisle: int, a: Arrays, w: Wave) -> bool:
    """An order that wants something of an aisle displaces others."""
    low, high = a.aisles.first[aisle], a.aisles.first[aisle + 1]
    if low == high:
        return False
    item = a.aisles.item[low + np.random.randint(high - low)]
    order = a.wanting[a.first[item] + np.random.randint(a.first[item + 1] - a.first[item])]
    return not w.chosen[order] and force(order, a, w)


@numba.njit(cache=True, nogil=True)
def _exchange(gone: int, come: int, a: Arrays, w: Wave) -> None:
    """Visit an aisle in the place of another."""
    visit(come, a, w)
    leave(gone, a, w)
    give_up(gone, a, w)
    refill(a, w)
    for i in range(a.aisles.first[come], a.aisles.first[come + 1]):
        fill(a.aisles.item[i], a, w)


@numba.njit(cache=True, nogil=True)
def _toggle_aisle(aisle: int, a: Arrays, w: Wave) -> None:
    """Visit an aisle, or leave it, and choose orders anew where it matters."""
    if w.visited[aisle]:
        leave(aisle, a, w)
        give_up(aisle, a, w)
        refill(a, w)
        return
    visit(aisle, a, w)
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        fill(a.aisles.item[i], a, w)


@numba.njit(cache=True, nogil=True)
def _step(a: Arrays, w: Wave, more: bool) -> bool:
    """Visit the aisle that gives most, or leave the one that gives least; False where there is no such wave."""
    best, units = -1, -1
    for aisle in range(len(w.visited)):
        if w.visited[aisle] == more:
            continue
        w.log[-1] = 0
        _toggle_aisle(aisle, a, w)
        if w.count[1] > units:
            best, units = aisle, w.count[1]
        undo(a, w)
        if more:
            leave(aisle, a, w)
        else:
            visit(aisle, a, w)
    if best < 0 or (not more and w.count[0] == 1):
        return False
    w.log[-1] = 0
    _toggle_aisle(best, a, w)
    return True


@numba.njit(cache=True, nogil=True)
def _keep(w: Wave, best: Wave) -> None:
    best.visited[:], best.chosen[:], best.left[:] = w.visited, w.chosen, w.left
    best.count[:] = w.count


@numba.njit(cache=True, nogil=True)
def _anneal(a: Arrays, w: Wave, best: Wave, moves: int, hot: float, cold: float, seed: int, stop: np.ndarray) -> None:
    """Anneal from a wave on; `best` becomes the one of most units, `w` the last."""
    np.random.seed(seed)
    _keep(w, best)
    inside, outside = np.flatnonzero(w.visited), np.flatnonzero(~w.visited)
    place = np.zeros(len(w.visited), np.int64)
    place[outside] = np.arange(len(outside))
    temperature, cooling = hot, (cold / hot) ** (1.0 / moves)
    for _ in range(moves):
        if stop[0]:
            break
        temperature *= cooling
        before, draw = w.count[1], np.random.random()
        member = np.random.randint(len(inside))
        gone, come = inside[member], -1
        w.log[-1] = 0
        if draw < DISPLACE or not len(outside):
            if not _displace(gone, a, w):
                undo(a, w)
                continue
        else:
            if draw < DISPLACE + GUIDED:
                come = _lacking(a, w)
            if come < 0:
                come = outside[np.random.randint(len(outside))]
            _exchange(gone, come, a, w)
        if w.count[1] < before + temperature * np.log(np.random.random()):
            undo(a, w)
            if come >= 0:
                leave(come, a, w)
                visit(gone, a, w)
            continue
        if come >= 0:
            inside[member], outside[place[come]] = come, gone
            place[gone] = place[come]
        if w.count[1] > best.count[1]:
            _keep(w, best)
