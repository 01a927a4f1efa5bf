"""Orders that are to share carts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimization.waves.layout import Layout
from optimization.waves.routing.corners import Corners, corners


@dataclass(frozen=True)
class CartProblem:
    """Orders, where their goods lie, and what a cart holds.

    Parameters
    ----------
    layout
        The warehouse.
    orders
        For each order the aisle number and place along the aisle (in metres) of its picks.
    loads
        What each order takes of a cart, in the unit of ``capacity``.
    capacity
        What a cart holds.
    slots
        Most orders on a cart.

    Raises
    ------
    ValueError
        When an order alone is more than a cart holds, or has no picks.
    """

    layout: Layout
    orders: Sequence[Sequence[tuple[int, float]]]
    loads: Sequence[float]
    capacity: float
    slots: int

    def __post_init__(self) -> None:
        if self.slots < 1:
            raise ValueError(f"slots must be at least 1, found {self.slots}")
        for index, (picks, load) in enumerate(zip(self.orders, self.loads, strict=True)):
            if not picks:
                raise ValueError(f"order {index} has no picks; leave it out")
            if not 0 <= load <= self.capacity:
                raise ValueError(f"order {index} takes {load} of a cart that holds {self.capacity}; split it first")

    @property
    def most_orders(self) -> int:
        """Most orders that ever fit on a cart."""
        fit = np.searchsorted(np.cumsum(np.sort(self.loads)), self.capacity + 1e-9, side="right")
        return min(self.slots, int(fit))

    @cached_property
    def floor(self) -> "Floor":
        """The orders as arrays."""
        return _floor(self)


@dataclass(frozen=True)
class Floor:
    """A problem as the kernels read it.

    Parameters
    ----------
    first, spots
        CSR: the spots of order i are ``spots[first[i]:first[i + 1]]``.
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
        From the dock to its cross aisle and back (metres).
    loads
        (orders,)
    tables
        Moves between states of a partial tour.
    """

    first: np.ndarray
    spots: np.ndarray
    columns: np.ndarray
    stretch_first: np.ndarray
    metres: np.ndarray
    lengths: np.ndarray
    across: np.ndarray
    dock: int
    dock_corner: int
    away: float
    loads: np.ndarray
    tables: Corners


def _floor(problem: CartProblem) -> Floor:
    layout = problem.layout
    cross = np.array(layout.cross_m)
    used = sorted({aisle for picks in problem.orders for aisle, _ in picks}, key=lambda a: (layout.aisle_x_m[a], a))
    place = np.array([layout.aisle_x_m[aisle] for aisle in used])
    dock = int(np.searchsorted(place, layout.dock_x_m))
    # The dock is a column of its own, without picks.
    column = {aisle: index + (index >= dock) for index, aisle in enumerate(used)}
    stretches = len(cross) - 1
    keys = [[_spot(column[aisle], metres, cross) for aisle, metres in picks] for picks in problem.orders]
    known = sorted({key for order in keys for key in order})
    number = {key: index for index, key in enumerate(known)}
    per_order = [sorted({number[key] for key in order}) for order in keys]
    group = np.array([column * stretches + stretch for column, stretch, _ in known], dtype=np.int64)
    columns = len(used) + 1
    corner = layout.dock_corner
    return Floor(
        first=np.cumsum([0, *map(len, per_order)]).astype(np.int64),
        spots=np.array([spot for order in per_order for spot in order], dtype=np.int64),
        columns=np.array([column for column, _, _ in known], dtype=np.int64),
        stretch_first=np.searchsorted(group, np.arange(columns * stretches + 1)).astype(np.int64),
        metres=np.array([metres for _, _, metres in known]),
        lengths=np.diff(cross),
        across=np.diff(np.insert(place, dock, layout.dock_x_m)),
        dock=dock,
        dock_corner=corner,
        away=2 * abs(cross[corner] - layout.dock_y_m),
        loads=np.array(problem.loads, dtype=np.float64),
        tables=corners(len(cross)),
    )


def _spot(column: int, metres: float, cross: np.ndarray) -> tuple[int, int, float]:
    stretch = min(max(int(np.searchsorted(cross, metres, side="right")) - 1, 0), len(cross) - 2)
    return column, stretch, float(metres - cross[stretch])
