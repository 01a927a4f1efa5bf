"""Orders of one line each: what aisles give is a sum over items, so aisles alone are exchanged, by annealing."""

from collections.abc import Iterator
from typing import NamedTuple

import numba
import numpy as np

from optimization.waves.selection.problem import Arrays


class Reach(NamedTuple):
    """Most units of orders of item i that s units of it serve: ``most[first[i] + s]``, s up to all that is wanted."""

    first: np.ndarray
    most: np.ndarray


class SingleLines:
    """Waves of orders of one line each."""

    hot = 0.15

    def __init__(self, a: Arrays) -> None:
        self.a, self.reach = a, reach(a)

    def anneal(
        self, visited: np.ndarray, chosen: np.ndarray, moves: int, hot: float, cold: float, seed: int, stop: np.ndarray
    ) -> tuple[int, np.ndarray, np.ndarray]:
        """Units and aisles of the best wave met from these aisles on, with as many of them; orders are left open.

        Parameters as in ``SeveralLines.anneal``.
        """
        best = visited.copy()
        return self.found(best, int(_anneal(self.a, self.reach, best, moves, hot, cold, seed, stop)))

    def neighbours(self, visited: np.ndarray, chosen: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """The best waves of an aisle less and of an aisle more."""
        for more in (False, True):
            changed = visited.copy()
            units = int(_step(self.a, self.reach, changed, more))
            if units:
                yield self.found(changed, units)

    def orders(self, visited: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Indices of orders of most units that these aisles serve, within the limit of a wave, by subset sums."""
        held = supply(self.a, visited)
        sums = [self._sums(int(item), int(held[item])) for item in np.flatnonzero(held)]
        within = (1 << (self.a.most + 1)) - 1
        # Bit s of the n-th number: whether orders of the first n items can have s units together.
        reached = [1]
        for of_item in sums:
            now = 0
            for units in of_item:
                now |= reached[-1] << units
            reached.append(now & within)
        left, picked = reached[-1].bit_length() - 1, []
        for of_item, before in zip(reversed(sums), reversed(reached[:-1]), strict=True):
            units = next(units for units in of_item if units <= left and before >> (left - units) & 1)
            left -= units
            picked += of_item[units]
        return np.sort(np.array(picked, dtype=np.int64))

    def found(self, visited: np.ndarray, units: int) -> tuple[int, np.ndarray, np.ndarray]:
        """A wave of these aisles, orders left open; at the limit of a wave its units are those of whole orders."""
        chosen = np.zeros(len(self.a.units), np.bool_)
        if units >= self.a.most:
            units = int(self.a.units[self.orders(visited, chosen)].sum())
        return units, visited, chosen

    def _sums(self, item: int, most: int) -> dict[int, list[int]]:
        """Orders of one item by the units that they have together, within some units."""
        orders_of: dict[int, list[int]] = {0: []}
        for order in self.a.wanting[self.a.first[item] : self.a.first[item + 1]].tolist():
            size = int(self.a.units[order])
            for units, orders in sorted(orders_of.items(), reverse=True):
                if units + size <= most:
                    orders_of.setdefault(units + size, [*orders, order])
        return orders_of


def supply(a: Arrays, visited: np.ndarray) -> np.ndarray:
    """(items,) units in the aisles that are visited."""
    held = np.zeros(len(a.first) - 1, np.int64)
    shown = np.repeat(visited, np.diff(a.aisles.first))
    np.add.at(held, a.aisles.item[shown], a.aisles.quantity[shown])
    return held


def reach(a: Arrays) -> Reach:
    """What units of an item serve, by subset sums."""
    wanted = np.zeros(len(a.first) - 1, np.int64)
    np.add.at(wanted, a.orders.item, a.orders.quantity)
    first = np.concatenate([[0], np.cumsum(wanted + 1)]).astype(np.int64)
    most = np.zeros(first[-1], np.int64)
    _subset_sums(a, first, most)
    return Reach(first, most)


@numba.njit(cache=True, nogil=True)
def _subset_sums(a: Arrays, first: np.ndarray, most: np.ndarray) -> None:
    for item in range(len(first) - 1):
        low, wanted = first[item], first[item + 1] - first[item] - 1
        for i in range(a.first[item], a.first[item + 1]):
            size = a.units[a.wanting[i]]
            for units in range(wanted, size - 1, -1):
                most[low + units] = max(most[low + units], most[low + units - size] + size)


@numba.njit(cache=True, nogil=True)
def _move(aisle: int, sign: int, a: Arrays, r: Reach, held: np.ndarray) -> int:
    """Visit an aisle or leave it; what that gives."""
    gain = 0
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        item = a.aisles.item[i]
        low, wanted = r.first[item], r.first[item + 1] - r.first[item] - 1
        gain -= r.most[low + min(held[item], wanted)]
        held[item] += sign * a.aisles.quantity[i]
        gain += r.most[low + min(held[item], wanted)]
    return gain


@numba.njit(cache=True, nogil=True)
def _step(a: Arrays, r: Reach, visited: np.ndarray, more: bool) -> int:
    """Visit the aisle that gives most, or leave the one that gives least; units then, 0 where no such wave is left."""
    held, units = np.zeros(len(r.first) - 1, np.int64), 0
    for aisle in np.flatnonzero(visited):
        units += _move(aisle, 1, a, r, held)
    best, reached = -1, -1
    for aisle in range(len(visited)):
        if visited[aisle] == more:
            continue
        after = units + _move(aisle, 1 if more else -1, a, r, held)
        _move(aisle, -1 if more else 1, a, r, held)
        if after > reached:
            best, reached = aisle, after
    if best < 0:
        return 0
    visited[best] = more
    return min(reached, a.most)


@numba.njit(cache=True, nogil=True)
def _anneal(
    a: Arrays, r: Reach, visited: np.ndarray, moves: int, hot: float, cold: float, seed: int, stop: np.ndarray
) -> int:
    """Anneal from these aisles on, and make them the best met; its units, at most those of a wave."""
    np.random.seed(seed)
    held, units = np.zeros(len(r.first) - 1, np.int64), 0
    inside, outside = np.flatnonzero(visited), np.flatnonzero(~visited)
    for aisle in inside:
        units += _move(aisle, 1, a, r, held)
    best = units
    if not len(outside):
        return min(best, a.most)
    temperature, cooling = hot, (cold / hot) ** (1.0 / moves)
    for _ in range(moves):
        if stop[0]:
            break
        temperature *= cooling
        i, j = np.random.randint(len(inside)), np.random.randint(len(outside))
        gone, come = inside[i], outside[j]
        after = units + _move(gone, -1, a, r, held) + _move(come, 1, a, r, held)
        if min(after, a.most) < min(units, a.most) + temperature * np.log(np.random.random()):
            _move(come, -1, a, r, held)
            _move(gone, 1, a, r, held)
            continue
        units, inside[i], outside[j] = after, come, gone
        if units > best:
            best = units
            visited[:] = False
            visited[inside] = True
    return min(best, a.most)
