"""Orders that wait, aisles that hold, and how large a wave may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np


class Lists(NamedTuple):
    """Rows of (item, quantity) in CSR form: those of row r are ``first[r]:first[r + 1]``."""

    first: np.ndarray
    item: np.ndarray
    quantity: np.ndarray


@dataclass(frozen=True)
class WaveSelection:
    """What a wave may be made of.

    Parameters
    ----------
    orders
        For each order the units of each item that it wants.
    aisles
        For each aisle the units of each item that it holds.
    least, most
        Units of a wave, at least and at most.

    Raises
    ------
    ValueError
        When the limits contradict each other, or a quantity is below one.
    """

    orders: Sequence[Mapping[int, int]]
    aisles: Sequence[Mapping[int, int]]
    least: int
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most:
            raise ValueError(f"a wave of {self.least} to {self.most} units is none; expected 0 ≤ least ≤ most")
        for what, rows in (("order", self.orders), ("aisle", self.aisles)):
            for number, row in enumerate(rows):
                for item, quantity in row.items():
                    if quantity < 1:
                        raise ValueError(f"{what} {number}: item {item} has quantity {quantity}; expected at least 1")

    @cached_property
    def servable(self) -> list[int]:
        """Orders that are not too large for a wave or for all aisles together, those of most units first."""
        held: dict[int, int] = {}
        for aisle in self.aisles:
            for item, quantity in aisle.items():
                held[item] = held.get(item, 0) + quantity
        kept = [
            number
            for number, order in enumerate(self.orders)
            if order
            and sum(order.values()) <= self.most
            and all(quantity <= held.get(item, 0) for item, quantity in order.items())
        ]
        return sorted(kept, key=lambda number: (-sum(self.orders[number].values()), number))


class Arrays(NamedTuple):
    """A problem as the kernels read it; orders are numbered as in ``servable``, items anew.

    Parameters
    ----------
    orders, aisles
        What they want and hold, of items that somebody wants.
    first, wanting
        CSR: the orders that want item i are ``wanting[first[i]:first[i + 1]]``, those of most units first.
    held, holding
        CSR: the aisles that hold item i are ``holding[held[i]:held[i + 1]]``.
    units
        (orders,)
    least, most
        Units of a wave.
    """

    orders: Lists
    aisles: Lists
    first: np.ndarray
    wanting: np.ndarray
    held: np.ndarray
    holding: np.ndarray
    units: np.ndarray
    least: int
    most: int


def arrays(problem: WaveSelection) -> Arrays:
    """The problem as arrays; what an aisle holds beyond all demand is left out."""
    kept = [problem.orders[number] for number in problem.servable]
    demand: dict[int, int] = {}
    for order in kept:
        for item, quantity in order.items():
            demand[item] = demand.get(item, 0) + quantity
    number = {item: index for index, item in enumerate(sorted(demand))}
    held = [
        {item: min(quantity, demand[item]) for item, quantity in aisle.items() if item in number}
        for aisle in problem.aisles
    ]
    orders, aisles = _lists(kept, number), _lists(held, number)
    units = np.array([sum(order.values()) for order in kept], dtype=np.int64)
    return Arrays(
        orders, aisles, *_owners(orders, len(number)), *_owners(aisles, len(number)), units, problem.least, problem.most
    )


def _owners(rows: Lists, items: int) -> tuple[np.ndarray, np.ndarray]:
    """CSR by item: the rows that have it, in their order."""
    place = np.argsort(rows.item, kind="stable")
    owner = np.repeat(np.arange(len(rows.first) - 1), np.diff(rows.first))
    return np.searchsorted(rows.item[place], np.arange(items + 1)).astype(np.int64), owner[place]


def _lists(rows: Sequence[Mapping[int, int]], number: Mapping[int, int]) -> Lists:
    first = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    item = np.array([number[item] for row in rows for item in row], dtype=np.int64)
    return Lists(first, item, np.array([quantity for row in rows for quantity in row.values()], dtype=np.int64))
