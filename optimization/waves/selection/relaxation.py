"""Single lines: parts of aisles may be visited, and an item gives what its concave bound says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimization.waves.selection.majorant import Majorant
from optimization.waves.selection.problem import Arrays

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ROUNDING = 1e-6


class Relaxed(NamedTuple):
    """Units that no wave of so many aisles exceeds, and how many fewer it has with, and without, each aisle."""

    units: float
    less_with: np.ndarray
    less_without: np.ndarray


class Relaxation:
    """The linear program, whose number of aisles is given last."""

    def __init__(self, a: Arrays, m: Majorant) -> None:
        from scipy.sparse import coo_array, hstack

        self.aisles = len(a.aisles.first) - 1
        owner = np.repeat(np.arange(self.aisles), np.diff(a.aisles.first))
        items = len(a.first) - 1
        held = coo_array((a.aisles.quantity.astype(float), (a.aisles.item, owner)), shape=(items, self.aisles)).tocsr()
        item, slope, level = _segments(m)
        # An item of one segment from nothing on needs no column: its aisles give its units themselves.
        straight = (np.bincount(item, minlength=items)[item] == 1) & (level < ROUNDING)
        direct = np.zeros(items)
        direct[item[straight]] = slope[straight]
        item, slope, self.level = item[~straight], slope[~straight], level[~straight]
        columns, column = np.unique(item, return_inverse=True)
        rows = np.arange(len(item))
        taken = coo_array((np.ones(len(item)), (rows, column)), shape=(len(item), len(columns)))
        self.rows: csr_array = hstack([-(held[item].multiply(slope[:, None])), taken]).tocsr()
        self.gain = np.concatenate([held.T @ direct, np.ones(len(columns))])

    def most_units(self, count: int, seconds: float) -> Relaxed | None:
        """The bound of waves of so many aisles; None when time ran out."""
        from scipy.optimize import linprog

        visits = np.zeros((1, len(self.gain)))
        visits[0, : self.aisles] = 1.0
        upper = np.full(len(self.gain), np.inf)
        upper[: self.aisles] = 1.0
        found = linprog(
            -self.gain, A_ub=self.rows, b_ub=self.level, A_eq=visits, b_eq=[count],
            bounds=np.column_stack([np.zeros(len(self.gain)), upper]), method="highs-ds",
            options={"time_limit": max(seconds, 0.1)},
        )  # fmt: skip
        if found.status != 0:
            return None
        return Relaxed(-found.fun, found.lower.marginals[: self.aisles], -found.upper.marginals[: self.aisles])


def _segments(m: Majorant) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Item, slope and level at nothing held of every straight piece of the concave bounds."""
    step = np.diff(m.units)
    item = np.repeat(np.arange(len(m.first) - 1), np.diff(m.first))[:-1]
    inside = np.ones(len(step), np.bool_)
    inside[m.first[1:-1] - 1] = False
    new = inside & ((np.arange(len(step)) == m.first[item]) | (np.abs(step - np.roll(step, 1)) > ROUNDING))
    at = np.flatnonzero(new)
    return item[at], step[at], m.units[at] - step[at] * (at - m.first[item[at]])
