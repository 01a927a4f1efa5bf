"""Orders and warehouse as the kernels read them."""

from typing import NamedTuple

import numpy as np

from optimization.waves.carts.marks import marks_of
from optimization.waves.carts.problem import CartProblem
from optimization.waves.layout import Layout
from optimization.waves.routing.corners import corners


class Floor(NamedTuple):
    """A problem as the kernels read it.

    Parameters
    ----------
    first, spots
        CSR: the spots of order i are ``spots[first[i]:first[i + 1]]``.
    marks
        (orders, columns × stretches, words) bits of the spots of each order, see ``marks_of``.
    low, high
        (orders,) first and last column that each order and the dock lie in.
    columns
        (spots,) column of each spot.
    stretch_first
        (columns × stretches + 1,) CSR: the spots of a stretch, numbered by column, stretch and place.
    metres
        (spots,) place of each spot from the front of its stretch.
    lengths
        (stretches,) from front to back of each stretch (metres).
    across
        (columns - 1,) from column to column (metres).
    dock, dock_corner
        Where tours begin.
    away
        From the dock to its cross aisle and back, and what a cart costs besides (metres).
    loads
        (orders,)
    after_aisle, after_touch, is_tour
        See ``Corners``.
    cross_from, cross_to, cross_walks
        (moves,) the moves along the cross aisles that lead somewhere.
    """

    first: np.ndarray
    spots: np.ndarray
    marks: np.ndarray
    low: np.ndarray
    high: np.ndarray
    columns: np.ndarray
    stretch_first: np.ndarray
    metres: np.ndarray
    lengths: np.ndarray
    across: np.ndarray
    dock: int
    dock_corner: int
    away: float
    loads: np.ndarray
    after_aisle: np.ndarray
    after_touch: np.ndarray
    is_tour: np.ndarray
    cross_from: np.ndarray
    cross_to: np.ndarray
    cross_walks: np.ndarray


def floor_of(problem: CartProblem) -> Floor:
    """The arrays of a problem."""
    layout = problem.layout
    cross = np.array(layout.cross_m)
    used = sorted({aisle for picks in problem.orders for aisle, _ in picks}, key=lambda a: (layout.aisle_x_m[a], a))
    place = np.array([layout.aisle_x_m[aisle] for aisle in used])
    dock = int(np.searchsorted(place, layout.dock_x_m))
    # The dock is a column of its own, without picks.
    column = {aisle: index + (index >= dock) for index, aisle in enumerate(used)}
    stretches = len(cross) - 1
    keys = [[_spot(column[aisle], metres, layout) for aisle, metres in picks] for picks in problem.orders]
    known = sorted({key for order in keys for key in order})
    number = {key: index for index, key in enumerate(known)}
    per_order = [sorted({number[key] for key in order}) for order in keys]
    group = np.array([column * stretches + stretch for column, stretch, _ in known], dtype=np.int64)
    columns = len(used) + 1
    first = np.cumsum([0, *map(len, per_order)]).astype(np.int64)
    spots = np.array([spot for order in per_order for spot in order], dtype=np.int64)
    stretch_first = np.searchsorted(group, np.arange(columns * stretches + 1)).astype(np.int64)
    column_of = np.array([column for column, _, _ in known], dtype=np.int64)
    corner = layout.dock_corner
    moves = corners(len(cross))
    came, move = np.nonzero(moves.after_cross >= 0)
    return Floor(
        first=first,
        spots=spots,
        marks=marks_of(first, spots, stretch_first),
        low=np.minimum(column_of[spots[first[:-1]]], dock),
        high=np.maximum(column_of[spots[first[1:] - 1]], dock),
        columns=column_of,
        stretch_first=stretch_first,
        metres=np.array([metres for _, _, metres in known]),
        lengths=np.diff(cross),
        across=np.diff(np.insert(place, dock, layout.dock_x_m)),
        dock=dock,
        dock_corner=corner,
        away=2 * abs(cross[corner] - layout.dock_y_m) + problem.per_cart,
        loads=np.array(problem.loads, dtype=np.float64),
        after_aisle=moves.after_aisle,
        after_touch=moves.after_touch,
        is_tour=moves.is_tour,
        cross_from=came,
        cross_to=moves.after_cross[came, move],
        cross_walks=moves.walks[move],
    )


def _spot(column: int, metres: float, layout: Layout) -> tuple[int, int, float]:
    stretch = layout.stretch(metres)
    return column, stretch, float(metres - layout.cross_m[stretch])
