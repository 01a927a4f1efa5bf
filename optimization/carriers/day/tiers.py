"""Which tiers to aim at: the volumes' costs exactly, what parcels cost by the bounds met so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimization.carriers.day.prices import Bound
    from optimization.carriers.day.volume import Piece

# Yuan per parcel, far under what a plan's gap is told in.
TOLERANCE = 1e-5


class TierChoice:
    """A small integer program over volumes: one piece per account, and a cut for every bound.

    All parcels cost at least ``bound.parcels_cost − price · volumes`` for every bound met, so the program's own
    bound holds for every choice of tiers, visited or not. Volumes and costs are per parcel of the problem, to
    keep the numbers near 1.

    Parameters
    ----------
    pieces
        Pieces of each account.
    parcels
        Parcels of the problem (today and ahead).
    member
        ``bool[services of places, accounts]``, whose volume a service counts in.
    """

    def __init__(self, pieces: list[list[Piece]], parcels: float, member: np.ndarray) -> None:
        self.parcels = max(parcels, 1.0)
        self.columns = [(1.0, -np.inf, np.inf, 0)]
        self.rows: list[tuple[dict[int, float], float, float]] = []
        self.switches: list[list[int]] = []
        self.volumes: list[list[int]] = []
        for options in pieces:
            self._add_account(options)
        apart: list[int] = []
        for account in range(len(pieces)):
            if not (member[:, account][:, None] & member[:, apart]).any():
                apart.append(account)
        # Accounts that share no service share the parcels.
        self.rows.append(({0: 0.0} | {v: 1.0 for account in apart for v in self.volumes[account]}, -np.inf, 1.0))

    def _column(self, cost: float, high: float, whole: int) -> int:
        self.columns.append((cost, 0.0, high, whole))
        return len(self.columns) - 1

    def _add_account(self, options: list[Piece]) -> None:
        n = self.parcels
        switches, volumes = [], []
        for piece in options:
            switch = self._column(piece.fixed / n, 1.0, 1)
            volume = self._column(piece.slope, piece.high / n, 0)
            self.rows.append(({volume: 1.0, switch: -piece.low / n}, 0.0, np.inf))
            self.rows.append(({volume: 1.0, switch: -piece.high / n}, -np.inf, 0.0))
            switches.append(switch)
            volumes.append(volume)
        missing = self._column(options[0].fee, np.inf, 0)
        self.rows.append((dict.fromkeys(switches, 1.0), 1.0, 1.0))
        self.rows.append((dict.fromkeys(volumes, 1.0) | {missing: 1.0}, options[0].minimum / n, np.inf))
        self.switches.append(switches)
        self.volumes.append(volumes)

    def add(self, bound: Bound) -> None:
        """Take a bound into account."""
        cut = {0: 1.0}
        for volumes, price in zip(self.volumes, bound.price, strict=False):
            cut |= dict.fromkeys(volumes, float(price))
        self.rows.append((cut, bound.parcels_cost / self.parcels, np.inf))

    def solve(self, expected: float) -> tuple[tuple[int, ...], float]:
        """Number of the piece of each account that looks best, and what no choice can undercut (yuan above base).

        Parameters
        ----------
        expected
            About what the answer is (yuan above base): how exact is exact enough.

        Raises
        ------
        RuntimeError
            When the program has no solution, which the pieces' construction excludes.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        cost, low, high, whole = (np.array(values) for values in zip(*self.columns, strict=True))
        row = np.repeat(np.arange(len(self.rows)), [len(terms) for terms, _, _ in self.rows])
        column = np.concatenate([list(terms) for terms, _, _ in self.rows])
        value = np.concatenate([list(terms.values()) for terms, _, _ in self.rows])
        matrix = csr_array((value, (row, column)), shape=(len(self.rows), len(cost)))
        least, most = (np.array([each[i] for each in self.rows]) for i in (1, 2))
        gap = TOLERANCE / max(abs(expected) / self.parcels, TOLERANCE)
        found = milp(
            cost,
            integrality=whole,
            bounds=Bounds(low, high),
            constraints=LinearConstraint(matrix, least, most),
            # Presolve takes longer than what it saves on so few columns.
            options={"mip_rel_gap": gap, "presolve": False},
        )
        if found.x is None:
            raise RuntimeError(f"the choice of tiers has no solution: {found.message}")
        chosen = tuple(int(np.argmax(found.x[switches])) for switches in self.switches)
        # Without tiers it is a linear program, whose value is its bound. Rows hold to 1e-6 inside HiGHS: what that may
        # be worth is taken off.
        bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
        return chosen, (bound - 1e-6) * self.parcels
