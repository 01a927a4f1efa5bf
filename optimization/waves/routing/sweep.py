"""The cheapest set of edges for a tour, swept from the first column to the last."""

import numba
import numpy as np

from optimization.waves.routing.corners import FROM_BACK, FROM_FRONT, GAP, ONCE, SKIP, TWICE, WAYS


@numba.njit(cache=True, nogil=True)
def stretch_costs(places: np.ndarray, length: float, costs: np.ndarray) -> None:
    """Metres of each way to serve a stretch, written into `costs` (6,).

    Parameters
    ----------
    places
        Picks of the stretch as metres from its front, ascending; perhaps none.
    length
        From its front to its back (metres).
    """
    costs[:] = np.inf
    costs[ONCE], costs[TWICE] = length, 2 * length
    if len(places) == 0:
        costs[SKIP] = 0.0
        return
    costs[FROM_FRONT], costs[FROM_BACK] = 2 * places[-1], 2 * (length - places[0])
    widest = 0.0
    for i in range(len(places) - 1):
        widest = max(widest, places[i + 1] - places[i])
    if len(places) > 1:
        costs[GAP] = 2 * (length - widest)


@numba.njit(cache=True, nogil=True)
def cheapest(
    stretches: np.ndarray,
    across: np.ndarray,
    dock: int,
    dock_corner: int,
    after_aisle: np.ndarray,
    after_touch: np.ndarray,
    after_cross: np.ndarray,
    walks: np.ndarray,
    is_tour: np.ndarray,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Length of the shortest tour and the moves that make it.

    Parameters
    ----------
    stretches
        (columns, stretches, 6) metres of each way to serve each stretch, inf where it cannot be.
    across
        (columns - 1,) metres from each column to the next.
    dock, dock_corner
        Column and cross aisle where the tour begins and ends.
    after_aisle, after_touch, after_cross, walks, is_tour
        The tables of ``Corners``.

    Returns
    -------
    (float, (columns,) int, (columns,) int)
        Metres; the move in each aisle; the move along the cross aisles behind it.
    """
    columns, states = len(stretches), len(is_tour)
    best = np.full(states, np.inf)
    best[0] = 0.0
    came_aisle = np.zeros((columns, states, 2), np.int64)
    came_cross = np.zeros((columns, states, 2), np.int64)
    moves = after_aisle.shape[1]
    cost = np.empty(moves)
    for column in range(columns):
        _aisle_costs(stretches[column], cost)
        walked = np.full(states, np.inf)
        for state in range(states):
            if best[state] == np.inf:
                continue
            for move in range(moves):
                metres = best[state] + cost[move]
                if metres == np.inf:
                    continue
                reached = after_aisle[state, move]
                if column == dock:
                    reached = after_touch[reached, dock_corner]
                if metres < walked[reached]:
                    walked[reached] = metres
                    # A tuple at once takes numba seconds to compile, for the message of an error that cannot be.
                    came_aisle[column, reached, 0], came_aisle[column, reached, 1] = state, move
        best = walked
        if column == columns - 1:
            break
        crossed = np.full(states, np.inf)
        for state in range(states):
            if best[state] == np.inf:
                continue
            for move in range(len(walks)):
                reached = after_cross[state, move]
                metres = best[state] + walks[move] * across[column]
                if reached >= 0 and metres < crossed[reached]:
                    crossed[reached] = metres
                    came_cross[column + 1, reached, 0], came_cross[column + 1, reached, 1] = state, move
        best = crossed
    last = 0
    length = np.inf
    for state in range(states):
        if is_tour[state] and best[state] < length:
            last, length = state, best[state]
    aisle_moves, cross_moves = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
    for column in range(columns - 1, -1, -1):
        aisle_moves[column] = came_aisle[column, last, 1]
        last = came_aisle[column, last, 0]
        if column:
            cross_moves[column - 1] = came_cross[column, last, 1]
            last = came_cross[column, last, 0]
    return length, aisle_moves, cross_moves


@numba.njit(cache=True, nogil=True)
def _aisle_costs(stretches: np.ndarray, cost: np.ndarray) -> None:
    """Metres of each combination of ways, the last stretch varying fastest."""
    for move in range(len(cost)):
        metres, rest = 0.0, move
        for stretch in range(len(stretches) - 1, -1, -1):
            metres += stretches[stretch, rest % WAYS]
            rest //= WAYS
        cost[move] = metres
