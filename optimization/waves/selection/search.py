"""Aisle sets by annealing: an aisle comes, goes or is exchanged, and only the orders it touches are filled anew."""

from typing import NamedTuple

import numba
import numpy as np

from optimization.waves.selection.problem import Arrays


class Wave(NamedTuple):
    """A wave that is changed in place.

    Parameters
    ----------
    visited, chosen
        (aisles,), (orders,) bool.
    left
        (items,) units in visited aisles that no chosen order takes.
    count
        (2,) aisles visited, units chosen.
    log
        (orders × 8,) orders chosen or given up since the last mark; the last cell is their number.
    """

    visited: np.ndarray
    chosen: np.ndarray
    left: np.ndarray
    count: np.ndarray
    log: np.ndarray


def empty_wave(a: Arrays) -> Wave:
    """Nothing visited, nothing chosen."""
    return Wave(
        np.zeros(len(a.aisles.first) - 1, np.bool_), np.zeros(len(a.units), np.bool_),
        np.zeros(len(a.first) - 1, np.int64), np.zeros(2, np.int64), np.zeros(8 * len(a.units) + 9, np.int64),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _toggle(order: int, a: Arrays, w: Wave) -> None:
    """Choose an order, or give it up."""
    sign = -1 if w.chosen[order] else 1
    w.chosen[order] = not w.chosen[order]
    w.count[1] += sign * a.units[order]
    for i in range(a.orders.first[order], a.orders.first[order + 1]):
        w.left[a.orders.item[i]] -= sign * a.orders.quantity[i]


@numba.njit(cache=True, nogil=True)
def _change(order: int, a: Arrays, w: Wave) -> None:
    _toggle(order, a, w)
    w.log[w.log[-1]] = order
    w.log[-1] += 1


@numba.njit(cache=True, nogil=True)
def _fits(order: int, a: Arrays, w: Wave) -> bool:
    if w.count[1] + a.units[order] > a.most:
        return False
    for i in range(a.orders.first[order], a.orders.first[order + 1]):
        if w.left[a.orders.item[i]] < a.orders.quantity[i]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _fill(item: int, a: Arrays, w: Wave) -> None:
    """Choose orders that want an item, as long as it lasts."""
    for i in range(a.first[item], a.first[item + 1]):
        if w.left[item] <= 0 or w.log[-1] > len(w.log) - 3:
            return
        order = a.wanting[i]
        if not w.chosen[order] and _fits(order, a, w):
            _change(order, a, w)


@numba.njit(cache=True, nogil=True)
def _visit(aisle: int, a: Arrays, w: Wave) -> None:
    w.visited[aisle] = True
    w.count[0] += 1
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        w.left[a.aisles.item[i]] += a.aisles.quantity[i]


@numba.njit(cache=True, nogil=True)
def _leave(aisle: int, a: Arrays, w: Wave) -> None:
    w.visited[aisle] = False
    w.count[0] -= 1
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        w.left[a.aisles.item[i]] -= a.aisles.quantity[i]


@numba.njit(cache=True, nogil=True)
def _give_up(aisle: int, a: Arrays, w: Wave) -> None:
    """Give up orders, small ones first, until what is left without an aisle suffices."""
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        item = a.aisles.item[i]
        j = a.first[item + 1] - 1
        while w.left[item] < 0 and j >= a.first[item]:
            order = a.wanting[j]
            if w.chosen[order]:
                _change(order, a, w)
            j -= 1


@numba.njit(cache=True, nogil=True)
def _refill(begin: int, a: Arrays, w: Wave) -> None:
    """Fill with what the orders given up since `begin` have freed."""
    end = w.log[-1]
    for k in range(begin, end):
        order = w.log[k]
        if w.chosen[order]:
            continue
        for i in range(a.orders.first[order], a.orders.first[order + 1]):
            _fill(a.orders.item[i], a, w)


@numba.njit(cache=True, nogil=True)
def _worth(a: Arrays, w: Wave) -> float:
    """Units per aisle; a wave that is too small is worth less the more it lacks."""
    if w.count[0] == 0:
        return 0.0
    worth = w.count[1] / w.count[0]
    return worth if w.count[1] >= a.least else worth * (w.count[1] / a.least) ** 2


@numba.njit(cache=True, nogil=True)
def search(a: Arrays, w: Wave, best: Wave, value: float, moves: int, hot: float, cold: float, seed: int) -> float:
    """Anneal for so many moves; the best wave met, and its worth, which is at least `value`.

    `hot` and `cold` are shares of the worth of the wave at the start.
    """
    np.random.seed(seed)
    aisles = len(w.visited)
    now = _worth(a, w)
    scale = max(now, value)
    cooling = (cold / hot) ** (1.0 / max(moves, 1))
    temperature = hot * scale
    inside = np.flatnonzero(w.visited)
    members = np.empty(aisles, np.int64)
    members[: len(inside)] = inside
    for _ in range(moves):
        temperature *= cooling
        kind = np.random.randint(4)
        gone, come = -1, -1
        if kind != 0 and w.count[0] > (kind == 1):
            gone = members[np.random.randint(w.count[0])]
        if kind != 1:
            come = np.random.randint(aisles)
            if w.visited[come]:
                continue
        if gone < 0 and come < 0:
            continue
        w.log[-1] = 0
        if come >= 0:
            _visit(come, a, w)
        if gone >= 0:
            _leave(gone, a, w)
            _give_up(gone, a, w)
            _refill(0, a, w)
        if come >= 0:
            for i in range(a.aisles.first[come], a.aisles.first[come + 1]):
                _fill(a.aisles.item[i], a, w)
        worth = _worth(a, w)
        if worth < now + temperature * np.log(np.random.random()):
            for k in range(w.log[-1] - 1, -1, -1):
                _toggle(w.log[k], a, w)
            if come >= 0:
                _leave(come, a, w)
            if gone >= 0:
                _visit(gone, a, w)
            continue
        now = worth
        _keep(members, w, gone, come)
        if w.count[1] >= a.least and now > value + 1e-12:
            value = now
            best.visited[:], best.chosen[:], best.left[:] = w.visited, w.chosen, w.left
            best.count[:] = w.count
    return value


@numba.njit(cache=True, nogil=True)
def _keep(members: np.ndarray, w: Wave, gone: int, come: int) -> None:
    """The list of visited aisles after a move."""
    count = w.count[0] - (come >= 0) + (gone >= 0)
    if gone >= 0:
        for i in range(count):
            if members[i] == gone:
                members[i] = members[count - 1]
                count -= 1
                break
    if come >= 0:
        members[count] = come


@numba.njit(cache=True, nogil=True)
def begin(a: Arrays, w: Wave, order: np.ndarray, units: int) -> None:
    """Visit aisles in the given order until the wave, empty at first, has so many units."""
    for aisle in order:
        if w.count[1] >= units and w.count[0] > 0:
            return
        w.log[-1] = 0
        _visit(aisle, a, w)
        for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
            _fill(a.aisles.item[i], a, w)
