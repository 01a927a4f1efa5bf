"""What a partial tour looks like at the corners of its last aisle, and what may follow.

A tour is a set of walked edges. Swept from left to right, all that matters of the part so far is, for each corner
(crossing of the aisle with a cross aisle), whether it has been touched, whether an odd or an even number of edges
end there, and which corners hang together. Ratliff & Rosenthal (1983) list the seven cases of two cross aisles,
Roodbergen & de Koster (2001) the cases of three; here they are found by closure for any number.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

# Ways to walk a stretch between two cross aisles.
SKIP, ONCE, TWICE, FROM_FRONT, FROM_BACK, GAP = range(6)
WAYS = 6
# A corner: None while untouched, else (is the number of its edges odd, which component it belongs to).
Corner = tuple[bool, int] | None
State = tuple[Corner, ...]


@dataclass(frozen=True)
class Corners:
    """Moves between states, as tables; a move that leads nowhere is -1.

    Parameters
    ----------
    after_aisle
        (states, 6 to the number of stretches) state after an aisle is walked so; the last stretch varies fastest.
    after_touch
        (states, cross aisles) state after a corner must be part of the tour.
    after_cross
        (states, 3 to the number of cross aisles) state after none, one or two walks along each cross aisle.
    walks
        (3 to the number of cross aisles,) walks in each of these moves.
    is_tour
        (states,) whether the edges so far are one closed tour.
    """

    after_aisle: np.ndarray
    after_touch: np.ndarray
    after_cross: np.ndarray
    walks: np.ndarray
    is_tour: np.ndarray


@cache
def corners(cross_aisles: int) -> Corners:
    """The tables for so many cross aisles; state 0 is that of nothing walked."""
    aisle_moves = list(product(range(WAYS), repeat=cross_aisles - 1))
    cross_moves = list(product(range(3), repeat=cross_aisles))
    states: list[State] = [(None,) * cross_aisles]
    number = {states[0]: 0}

    def index(state: State | None) -> int:
        if state is None:
            return -1
        if state not in number:
            number[state] = len(states)
            states.append(state)
        return number[state]

    rows: list[tuple[list[int], list[int], list[int]]] = []
    for state in states:  # grows while it is read
        rows.append(
            (
                [index(_after_aisle(state, move)) for move in aisle_moves],
                [index(_touch(state, corner)) for corner in range(cross_aisles)],
                [index(_after_cross(state, move)) for move in cross_moves],
            )
        )
    after_aisle, after_touch, after_cross = (np.array(table, dtype=np.int64) for table in zip(*rows, strict=True))
    walks = np.array([sum(move) for move in cross_moves], dtype=np.float64)
    return Corners(after_aisle, after_touch, after_cross, walks, np.array([_is_tour(state) for state in states]))


def _after_aisle(state: State, move: tuple[int, ...]) -> State:
    for stretch, way in enumerate(move):
        front, back = stretch, stretch + 1
        if way in (ONCE, TWICE):
            state = _join(_touch(_touch(state, front), back), front, back, is_odd=way == ONCE)
        if way in (FROM_FRONT, GAP):
            state = _touch(state, front)
        if way in (FROM_BACK, GAP):
            state = _touch(state, back)
    return state


def _touch(state: State, corner: int) -> State:
    if state[corner] is not None:
        return state
    return _numbered([*state[:corner], (False, len(state)), *state[corner + 1 :]])


def _join(state: State, front: int, back: int, is_odd: bool) -> State:
    kept, gone = state[front][1], state[back][1]
    joined = [c and (c[0], kept if c[1] == gone else c[1]) for c in state]
    for corner in (front, back):
        joined[corner] = (joined[corner][0] ^ is_odd, kept)
    return _numbered(joined)


def _after_cross(state: State, move: tuple[int, ...]) -> State | None:
    """Corners of the next aisle; None where a corner is left odd, or a component behind."""
    reached: list[Corner] = []
    for corner, walks in zip(state, move, strict=True):
        if (corner is not None and corner[0]) != (walks == 1) or (corner is None and walks):
            return None
        reached.append((walks == 1, corner[1]) if walks else None)
    left = {c[1] for c in state if c} - {c[1] for c in reached if c}
    return None if left else _numbered(reached)


def _is_tour(state: State) -> bool:
    touched = [c for c in state if c]
    return not any(is_odd for is_odd, _ in touched) and len({component for _, component in touched}) == 1


def _numbered(state: list[Corner]) -> State:
    """Components are numbered in order of appearance, so that equal states are the same tuple."""
    names: dict[int, int] = {}
    return tuple(c and (c[0], names.setdefault(c[1], len(names))) for c in state)
