"""Orders of several lines: most units of so many aisles by HiGHS, with orders and aisles in parts or whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimization.waves.selection.problem import Arrays
from optimization.waves.selection.sizes import Found

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult
    from scipy.sparse import csr_array

# Beyond so many entries the rows that tie an order to single aisles take longer than they save.
MOST_TIES = 400_000
ROUNDING = 1e-6


class SeveralLinesProgramme:
    """Orders alike (how many of them are picked) and aisles (visited or not); at most so many aisles."""

    # What is out of reach shows early, and the time is worth more to the search.
    patience = 0.2

    def __init__(self, a: Arrays) -> None:
        from scipy.sparse import vstack

        self.alike: dict[tuple[tuple[int, int], ...], list[int]] = {}
        for order, (low, high) in enumerate(zip(a.orders.first[:-1], a.orders.first[1:], strict=True)):
            lines = tuple(zip(a.orders.item[low:high].tolist(), a.orders.quantity[low:high].tolist(), strict=True))
            self.alike.setdefault(lines, []).append(order)
        self.units = np.array([sum(quantity for _, quantity in lines) for lines in self.alike], dtype=float)
        self.a, self.aisles = a, len(a.aisles.first) - 1
        supply, ties = self._supply(), self._ties()
        self.rows = supply if ties is None else vstack([supply, ties]).tocsr()

    def _supply(self) -> csr_array:
        """Of each item no more than the visited aisles hold."""
        from scipy.sparse import coo_array

        wanted = [(item, group, quantity) for group, lines in enumerate(self.alike) for item, quantity in lines]
        owner = np.repeat(np.arange(self.aisles), np.diff(self.a.aisles.first)) + len(self.alike)
        item, group, quantity = (np.array(column) for column in zip(*wanted, strict=True))
        return coo_array(
            (np.concatenate([quantity, -self.a.aisles.quantity]),
             (np.concatenate([item, self.a.aisles.item]), np.concatenate([group, owner]))),
            shape=(len(self.a.first) - 1, len(self.alike) + self.aisles),
        ).tocsr()  # fmt: skip

    def _ties(self) -> csr_array | None:
        """An order is picked at most as far as each aisle visited serves one of its lines; None where they are many."""
        from scipy.sparse import coo_array

        a = self.a
        place = np.argsort(a.aisles.item, kind="stable")
        quantity = a.aisles.quantity[place]
        if sum(int(a.held[item + 1] - a.held[item]) for lines in self.alike for item, _ in lines) > MOST_TIES:
            return None
        values, rows_at, columns, row = [], [], [], 0
        for group, (lines, alike) in enumerate(self.alike.items()):
            for item, wanted in lines:
                held = slice(a.held[item], a.held[item + 1])
                values += [1.0, *(-np.minimum(len(alike), quantity[held] / wanted)).tolist()]
                columns += [group, *(len(self.alike) + a.holding[held]).tolist()]
                rows_at += [row] * (1 + held.stop - held.start)
                row += 1
        return coo_array((values, (rows_at, columns)), shape=(row, len(self.alike) + self.aisles)).tocsr()

    def relaxed(self, count: int, seconds: float) -> float | None:
        """Units that so many aisles do not exceed, orders and aisles in parts; None when time ran out."""
        found = self._solve(count, 0, whole=False, seconds=seconds)
        return -found.fun if found.status == 0 else None

    def decide(self, count: int, need: int, seconds: float) -> tuple[float, Found | None]:
        """Units that no wave of so many aisles exceeds, from `need` − 1 on, and a wave of `need` or more if known."""
        found = self._solve(count, need, whole=True, seconds=seconds)
        if found.status == 2:  # infeasible
            return need - 1.0, None
        bound = found.get("mip_dual_bound")
        wave = None if found.x is None else self._wave(found.x)
        return (np.inf if bound is None or not np.isfinite(bound) else float(np.floor(-bound + ROUNDING))), wave

    def _solve(self, count: int, need: int, whole: bool, seconds: float) -> OptimizeResult:
        from scipy.optimize import Bounds, LinearConstraint, milp

        groups = len(self.alike)
        units = np.concatenate([self.units, np.zeros(self.aisles)])
        visits = np.concatenate([np.zeros(groups), np.ones(self.aisles)])
        most = np.array([len(orders) for orders in self.alike.values()], dtype=float)
        return milp(
            -units,
            constraints=[
                LinearConstraint(self.rows, -np.inf, 0),
                LinearConstraint(units[None, :], need, self.a.most),
                LinearConstraint(visits[None, :], 0, count),
            ],
            integrality=np.full(groups + self.aisles, whole),
            bounds=Bounds(0, np.concatenate([most, np.ones(self.aisles)])),
            options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 0.0, "presolve": True},
        )

    def _wave(self, x: np.ndarray) -> Found:
        chosen = np.zeros(len(self.a.units), np.bool_)
        for many, orders in zip(np.rint(x).astype(int), self.alike.values(), strict=False):
            chosen[orders[:many]] = True
        return Found(int(self.a.units[chosen].sum()), np.rint(x[len(self.alike) :]) > 0, chosen)
