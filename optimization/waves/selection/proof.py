"""How much better than a wave any other could be: for every number of aisles, the most units they can give."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from optimization.waves.selection.bound import most_units
from optimization.waves.selection.problem import Arrays

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult
    from scipy.sparse import csr_array

# Beyond so many entries the rows that tie an order to single aisles take longer than they save.
MOST_TIES = 400_000
ROUNDING = 1e-6


def proven_bound(a: Arrays, value: float, seconds: float) -> float:
    """Units per aisle that no wave exceeds, given that one has `value`.

    A wave of k aisles is better only if they give more than k × `value` units. For every k for which the k fullest
    aisles do not rule that out, the most units of k aisles are bounded by HiGHS: first with parts of orders and
    aisles, then with whole ones. Units are whole, so a bound is rounded down.

    Parameters
    ----------
    a
        The problem.
    value
        Units per aisle of a wave that is known.
    seconds
        For all k together; those not reached keep the bound of the fullest aisles.
    """
    most = most_units(a)
    counts = np.arange(1, len(most) + 1)
    open_counts = counts[(most >= max(a.least, 1)) & (most > counts * value + ROUNDING)]
    if not len(open_counts):
        return max(value, 0.0)
    begun, bound = time.perf_counter(), value
    model = _Model(a)
    for place, count in enumerate(open_counts[::-1]):
        left = seconds - (time.perf_counter() - begun)
        units = float(most[count - 1])
        for whole in (False, True):
            if left > 0 and units > count * value + ROUNDING:
                units = min(units, model.most_units(int(count), whole, left / (len(open_counts) - place)))
        bound = max(bound, units / count)
    return bound


class _Model:
    """Orders alike (how many of them are picked) and aisles (visited or not); at most so many aisles."""

    def __init__(self, a: Arrays) -> None:
        from scipy.sparse import vstack

        self.alike = Counter(
            tuple(zip(a.orders.item[low:high].tolist(), a.orders.quantity[low:high].tolist(), strict=True))
            for low, high in zip(a.orders.first[:-1], a.orders.first[1:], strict=True)
        )
        self.units = np.array([sum(quantity for _, quantity in rows) for rows in self.alike], dtype=float)
        self.aisles = len(a.aisles.first) - 1
        self.least, self.most = a.least, a.most
        supply, ties = self._supply(a), self._ties(a)
        self.rows = supply if ties is None else vstack([supply, ties]).tocsr()

    def _supply(self, a: Arrays) -> csr_array:
        """Of each item no more than the visited aisles hold."""
        from scipy.sparse import coo_array

        wanted = [(item, group, quantity) for group, rows in enumerate(self.alike) for item, quantity in rows]
        owner = np.repeat(np.arange(self.aisles), np.diff(a.aisles.first)) + len(self.alike)
        item, group, quantity = (np.array(column) for column in zip(*wanted, strict=True))
        return coo_array(
            (np.concatenate([quantity, -a.aisles.quantity]),
             (np.concatenate([item, a.aisles.item]), np.concatenate([group, owner]))),
            shape=(len(a.first) - 1, len(self.alike) + self.aisles),
        ).tocsr()  # fmt: skip

    def _ties(self, a: Arrays) -> csr_array | None:
        """An order is picked at most as far as each aisle visited serves one of its lines; None where they are many."""
        from scipy.sparse import coo_array

        holders: dict[int, list[tuple[int, int]]] = {}
        for aisle in range(self.aisles):
            for place in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
                holders.setdefault(int(a.aisles.item[place]), []).append((aisle, int(a.aisles.quantity[place])))
        if sum(len(holders[item]) for rows in self.alike for item, _ in rows) > MOST_TIES:
            return None
        values, rows_at, columns, row = [], [], [], 0
        for group, (lines, many) in enumerate(self.alike.items()):
            for item, quantity in lines:
                values.append(1.0)
                columns.append(group)
                rows_at.append(row)
                for aisle, held in holders[item]:
                    values.append(-min(many, held / quantity))
                    columns.append(len(self.alike) + aisle)
                    rows_at.append(row)
                row += 1
        return coo_array((values, (rows_at, columns)), shape=(row, len(self.alike) + self.aisles)).tocsr()

    def most_units(self, count: int, whole: bool, seconds: float) -> float:
        """No wave of `count` aisles has more units; 0 where none is of the least size."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        groups = len(self.alike)
        units = np.concatenate([self.units, np.zeros(self.aisles)])
        visits = np.concatenate([np.zeros(groups), np.ones(self.aisles)])
        found: OptimizeResult = milp(
            -units,
            constraints=[
                LinearConstraint(self.rows, -np.inf, 0),
                LinearConstraint(units[None, :], self.least, self.most),
                LinearConstraint(visits[None, :], 0, count),
            ],
            integrality=np.full(groups + self.aisles, whole),
            bounds=Bounds(0, np.concatenate([list(self.alike.values()), np.ones(self.aisles)])),
            options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 0.0, "presolve": True},
        )
        if found.status == 2:  # infeasible
            return 0.0
        reached = found.get("mip_dual_bound") if whole else (found.fun if found.status == 0 else None)
        return np.inf if reached is None or not np.isfinite(reached) else float(np.floor(-reached + ROUNDING))
