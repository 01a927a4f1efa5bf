"""A wave that is changed aisle by aisle and order by order: only what a change touches is filled anew."""

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
def change(order: int, a: Arrays, w: Wave) -> None:
    """Choose an order, or give it up, and note it."""
    _toggle(order, a, w)
    w.log[w.log[-1]] = order
    w.log[-1] += 1


@numba.njit(cache=True, nogil=True)
def fits(order: int, a: Arrays, w: Wave) -> bool:
    """Whether what is left serves an order."""
    if w.count[1] + a.units[order] > a.most:
        return False
    for i in range(a.orders.first[order], a.orders.first[order + 1]):
        if w.left[a.orders.item[i]] < a.orders.quantity[i]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def fill(item: int, a: Arrays, w: Wave) -> None:
    """Choose orders that want an item, as long as it lasts."""
    for i in range(a.first[item], a.first[item + 1]):
        if w.left[item] <= 0 or w.log[-1] > len(w.log) - 3:
            return
        order = a.wanting[i]
        if not w.chosen[order] and fits(order, a, w):
            change(order, a, w)


@numba.njit(cache=True, nogil=True)
def visit(aisle: int, a: Arrays, w: Wave) -> None:
    """Visit an aisle; no order is chosen for it yet."""
    w.visited[aisle] = True
    w.count[0] += 1
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        w.left[a.aisles.item[i]] += a.aisles.quantity[i]


@numba.njit(cache=True, nogil=True)
def leave(aisle: int, a: Arrays, w: Wave) -> None:
    """Leave an aisle; what is left of an item may be below 0."""
    w.visited[aisle] = False
    w.count[0] -= 1
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        w.left[a.aisles.item[i]] -= a.aisles.quantity[i]


@numba.njit(cache=True, nogil=True)
def give_up(aisle: int, a: Arrays, w: Wave) -> None:
    """Give up orders, small ones first, until what is left without an aisle suffices."""
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        item = a.aisles.item[i]
        j = a.first[item + 1] - 1
        while w.left[item] < 0 and j >= a.first[item]:
            order = a.wanting[j]
            if w.chosen[order]:
                change(order, a, w)
            j -= 1


@numba.njit(cache=True, nogil=True)
def refill(a: Arrays, w: Wave) -> None:
    """Fill with what the orders given up since the last mark have freed."""
    for k in range(w.log[-1]):
        order = w.log[k]
        if w.chosen[order]:
            continue
        for i in range(a.orders.first[order], a.orders.first[order + 1]):
            fill(a.orders.item[i], a, w)


@numba.njit(cache=True, nogil=True)
def undo(a: Arrays, w: Wave) -> None:
    """Choose and give up again what was given up and chosen since the last mark."""
    for k in range(w.log[-1] - 1, -1, -1):
        _toggle(w.log[k], a, w)


@numba.njit(cache=True, nogil=True)
def force(order: int, a: Arrays, w: Wave) -> bool:
    """Choose an order in the place of others, small ones first; False, and half done, where aisles hold too little."""
    for i in range(a.orders.first[order], a.orders.first[order + 1]):
        item = a.orders.item[i]
        j = a.first[item + 1] - 1
        while w.left[item] < a.orders.quantity[i] and j >= a.first[item]:
            if w.chosen[a.wanting[j]]:
                change(a.wanting[j], a, w)
            j -= 1
        if w.left[item] < a.orders.quantity[i]:
            return False
    if w.count[1] + a.units[order] > a.most:
        return False
    change(order, a, w)
    refill(a, w)
    return True


@numba.njit(cache=True, nogil=True)
def begin(a: Arrays, w: Wave, visited: np.ndarray, chosen: np.ndarray) -> None:
    """Make an empty wave of these aisles and orders, and fill what they leave."""
    for aisle in np.flatnonzero(visited):
        visit(aisle, a, w)
    for order in np.flatnonzero(chosen):
        _toggle(order, a, w)
    for aisle in np.flatnonzero(visited):
        w.log[-1] = 0
        for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
            fill(a.aisles.item[i], a, w)
