"""Length of the exact tour of a cart, fast enough to be asked for a million times."""

import numba
import numpy as np

from optimization.waves.carts.floor import Floor
from optimization.waves.carts.marks import serve_stretch
from optimization.waves.carts.one_block import one_block_length
from optimization.waves.routing.corners import FROM_BACK, FROM_FRONT, GAP, ONCE, SKIP, TWICE, WAYS


@numba.njit(cache=True, nogil=True)
def tour_length(members: np.ndarray, count: int, t: Floor) -> float:
    """Metres of the shortest tour for the first `count` orders of `members`."""
    if count == 0:
        return 0.0
    union = t.marks[members[0]].copy()
    low, high = t.low[members[0]], t.high[members[0]]
    for i in range(1, count):
        more = t.marks[members[i]]
        low, high = min(low, t.low[members[i]]), max(high, t.high[members[i]])
        for stretch in range(len(union)):
            for word in range(union.shape[1]):
                union[stretch, word] |= more[stretch, word]
    return union_length(union, low, high, t)


@numba.njit(cache=True, nogil=True)
def union_length(union: np.ndarray, low: int, high: int, t: Floor) -> float:
    """Metres of the shortest tour through marked spots (see ``Floor.marks``) in columns `low` to `high`."""
    if len(t.lengths) == 1:
        return one_block_length(union, low, high, t) + t.away
    return _blocks_length(union, low, high, t) + t.away


@numba.njit(cache=True, nogil=True)
def _blocks_length(union: np.ndarray, low: int, high: int, t: Floor) -> float:
    states = len(t.is_tour)
    best, other = np.full(states, np.inf), np.empty(states)
    best[0] = 0.0
    costs = np.empty(t.after_aisle.shape[1])
    for column in range(low, high + 1):
        if column > low:
            _cross(best, other, t, column - 1)
            best, other = other, best
        _aisle_costs(column, t, union, costs)
        _aisle(best, other, t, column, costs)
        best, other = other, best
    length = np.inf
    for state in range(states):
        if t.is_tour[state]:
            length = min(length, best[state])
    return length


@numba.njit(cache=True, nogil=True)
def _aisle_costs(column: int, t: Floor, union: np.ndarray, costs: np.ndarray) -> None:
    """Metres of every way through a column."""
    stretches = len(t.lengths)
    ways = np.empty((stretches, WAYS))
    for stretch in range(stretches):
        group = column * stretches + stretch
        deep = t.lengths[stretch]
        ways[stretch, SKIP], ways[stretch, ONCE], ways[stretch, TWICE] = 0.0, deep, 2.0 * deep
        ways[stretch, FROM_FRONT], ways[stretch, FROM_BACK], ways[stretch, GAP] = np.inf, np.inf, np.inf
        one = serve_stretch(union[group], t.stretch_first[group], t.metres, deep)
        if one.is_marked:
            ways[stretch, SKIP] = np.inf
            ways[stretch, FROM_FRONT], ways[stretch, FROM_BACK] = one.from_front, one.from_back
            ways[stretch, GAP] = one.gap
        if column == t.dock:  # nobody walks through the column of the dock
            ways[stretch, 1:] = np.inf
    for move in range(len(costs)):
        metres, rest = 0.0, move
        for stretch in range(stretches - 1, -1, -1):
            metres += ways[stretch, rest % WAYS]
            rest //= WAYS
        costs[move] = metres


@numba.njit(cache=True, nogil=True)
def _aisle(best: np.ndarray, walked: np.ndarray, t: Floor, column: int, costs: np.ndarray) -> None:
    walked[:] = np.inf
    for move in range(len(costs)):
        if costs[move] == np.inf:
            continue
        for state in range(len(best)):
            if best[state] == np.inf:
                continue
            reached = t.after_aisle[state, move]
            if column == t.dock:
                reached = t.after_touch[reached, t.dock_corner]
            walked[reached] = min(walked[reached], best[state] + costs[move])


@numba.njit(cache=True, nogil=True)
def _cross(best: np.ndarray, walked: np.ndarray, t: Floor, gap: int) -> None:
    walked[:] = np.inf
    for i in range(len(t.cross_from)):
        metres = best[t.cross_from[i]] + t.cross_walks[i] * t.across[gap]
        walked[t.cross_to[i]] = min(walked[t.cross_to[i]], metres)


@numba.njit(cache=True, nogil=True)
def each_alone(t: Floor) -> np.ndarray:
    """Metres of the shortest tour of every order by itself (orders,)."""
    lengths, one = np.zeros(len(t.loads)), np.zeros(1, np.int64)
    for order in range(len(lengths)):
        one[0] = order
        lengths[order] = tour_length(one, len(one), t)
    return lengths
