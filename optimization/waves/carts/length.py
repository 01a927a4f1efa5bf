"""Length of the exact tour of a cart, fast enough to be asked for a million times."""

import numba
import numpy as np

from optimization.waves.carts.floor import Floor
from optimization.waves.routing.corners import WAYS
from optimization.waves.routing.sweep import stretch_costs


@numba.njit(cache=True, nogil=True)
def tour_length(members: np.ndarray, count: int, t: Floor, marked: np.ndarray) -> float:
    """Metres of the shortest tour for the first `count` orders of `members`.

    `marked` (spots,) is scratch: false everywhere, before and after.
    """
    if count == 0:
        return 0.0
    low, high = _mark(members, count, t, marked)
    states = len(t.is_tour)
    best, other = np.full(states, np.inf), np.empty(states)
    best[0] = 0.0
    costs = np.empty(t.after_aisle.shape[1])
    for column in range(low, high + 1):
        if column > low:
            _cross(best, other, t, column - 1)
            best, other = other, best
        _aisle_costs(column, t, marked, costs)
        _aisle(best, other, t, column, costs)
        best, other = other, best
    length = np.inf
    for state in range(states):
        if t.is_tour[state]:
            length = min(length, best[state])
    return length + t.away


@numba.njit(cache=True, nogil=True)
def _mark(members: np.ndarray, count: int, t: Floor, marked: np.ndarray) -> tuple[int, int]:
    """Mark the spots of the orders; the first and last column that a tour has to see."""
    low = high = t.dock
    for i in range(count):
        for j in range(t.first[members[i]], t.first[members[i] + 1]):
            spot = t.spots[j]
            marked[spot] = True
            low, high = min(low, t.columns[spot]), max(high, t.columns[spot])
    return low, high


@numba.njit(cache=True, nogil=True)
def _aisle_costs(column: int, t: Floor, marked: np.ndarray, costs: np.ndarray) -> None:
    """Metres of every way through a column, whose marks are taken off."""
    stretches = len(t.lengths)
    ways = np.empty((stretches, WAYS))
    for stretch in range(stretches):
        begin, end = t.stretch_first[column * stretches + stretch], t.stretch_first[column * stretches + stretch + 1]
        places, found = np.empty(end - begin), 0
        for spot in range(begin, end):
            if marked[spot]:
                places[found] = t.metres[spot]
                found += 1
                marked[spot] = False
        stretch_costs(places[:found], t.lengths[stretch], ways[stretch])
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
def each_alone(t: Floor, marked: np.ndarray) -> np.ndarray:
    """Metres of the shortest tour of every order by itself (orders,)."""
    lengths, one = np.zeros(len(t.loads)), np.zeros(1, np.int64)
    for order in range(len(lengths)):
        one[0] = order
        lengths[order] = tour_length(one, 1, t, marked)
    return lengths
