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
        """No partition has fewer, by slots and by load.

        Loads count as they are, or, for some share of a cart, those that leave less of it than that as whole carts
        and those below it as nothing: no cart holds more than one by that measure either (Martello & Toth 1990).
        """
        by_slots = math.ceil(len(self.orders) / self.slots)
        if not self.capacity or not self.orders:
            return by_slots
        shares = np.sort(np.asarray(self.loads, dtype=np.float64)) / self.capacity
        above = np.concatenate([[0.0], np.cumsum(shares)])
        least = np.concatenate([[0.0, 0.5], shares[shares <= 0.5]])
        large = np.searchsorted(shares, 1 - least + 1e-9, side="right")
        small = np.searchsorted(shares, least - 1e-9, side="left")
        full = (len(shares) - large + above[large] - above[small]).max()
        return max(math.ceil(full - 1e-9), by_slots)
