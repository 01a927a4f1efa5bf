"""Orders that are to share carts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimization.waves.layout import Layout


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
    per_cart
        What a cart costs besides its walk, as metres. Default 0.

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
    per_cart: float = 0.0

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

    @property
    def fewest_carts(self) -> int:
        """No partition has fewer, by slots and by load."""
        full = sum(self.loads) / self.capacity if self.capacity else 0.0
        return max(math.ceil(full - 1e-9), math.ceil(len(self.orders) / self.slots))
