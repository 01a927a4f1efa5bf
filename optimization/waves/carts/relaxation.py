"""The relaxation over carts by column generation: prices that lead to the best partitions.

Carts are found by local search, not by an exact pricing, so its value is a guide and proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from optimization.waves.carts.cuts import Triple, broken
from optimization.waves.carts.floor import Floor
from optimization.waves.carts.length import tour_length
from optimization.waves.carts.prices import Near, Prices, descend, reduced_costs, room_for

STEPS = 12
MOST_FOUND = 20_000
# Columns beyond so many are let go, those with the highest reduced costs first.
MOST_KEPT, KEPT = 1_600, 800
# Carts from which others are sought, and how many rounds of that may each gain less than a share of the bound.
BEGIN, IDLE, STUCK, TAIL = 400, 4, 40, 2e-5
CUT_ROUNDS = 3
BLUR, DIVE_PRICES, DIVE_BEGIN = 0.5, 4, 100
NEVER = 1e9
# Carts used so nearly whole are taken whole; of the others the one used most.
WHOLE = 0.99


@dataclass
class Relaxation:
    """Linear relaxation of the choice of carts that cover every order once.

    Parameters
    ----------
    t, capacity, least_carts
        The problem; no partition has fewer carts.
    near
        Columns, with their reduced costs after ``solve``.
    cuts
        Triples of orders of which only one cart may have two.
    open
        (orders,) whether an order is still to be put on a cart; None: all are.
    """

    t: Floor
    capacity: float
    least_carts: int
    near: Near
    cuts: list[Triple] = field(default_factory=list)
    open: np.ndarray | None = None
    prices: Prices | None = None
    shares: np.ndarray | None = None
    bound: float = -np.inf

    def solve(self) -> None:
        """Prices, shares of the columns and value, over the columns that it has."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, vstack

        cover = cover_of(self.near, len(self.t.loads))
        rest = np.arange(cover.shape[0]) if self.open is None else np.flatnonzero(self.open)
        rows, limits = [csr_array(-np.ones((1, cover.shape[1])))], [-float(self.least_carts)]
        if self.cuts:
            orders, first = np.array(self.cuts).ravel(), np.arange(0, 3 * len(self.cuts) + 1, 3)
            shared = csr_array((np.ones(len(orders)), orders, first), shape=(len(self.cuts), cover.shape[0])) @ cover
            shared.data = np.floor(shared.data / 2)
            rows.append(shared)
            limits += [1.0] * len(self.cuts)
        found = linprog(
            self.near.lengths, A_ub=vstack(rows), b_ub=limits, A_eq=cover[rest], b_eq=np.ones(len(rest)),
            bounds=(0, None), method="highs",
        )  # fmt: skip
        if found.status != 0:
            raise RuntimeError(f"the relaxation over carts was not solved: {found.message}")
        self.bound, self.shares = float(found.fun), found.x
        # No cart is worth an order that has one.
        worth = np.full(cover.shape[0], -NEVER)
        worth[rest] = found.eqlin.marginals
        self.prices = _prices(worth, found.ineqlin.marginals, self.cuts)
        near = self.near
        near.reduced[:] = reduced_costs(near.members, near.counts, near.lengths, self.prices)

    def converge(self, others: Callable[[Prices], Near]) -> None:
        """Add carts by descent from the cheapest until the bound stands, then cuts, and again.

        `others` is asked for carts below zero where descent finds none.
        """
        room = room_for(MOST_FOUND, self.near.members.shape[1])
        for turn in range(CUT_ROUNDS + 1):
            self.solve()
            idle, begun = 0, self.bound
            while idle < (IDLE if turn or self.bound < begun else STUCK):
                before = self.bound
                if not turn and self.bound >= begun:
                    self._blur()
                begin = np.argsort(self.near.reduced, kind="stable")[:BEGIN]
                held = descend(_some(self.near, begin), self.capacity, self.prices, self.t, STEPS, room)
                found = _some(room, slice(held)) if held else others(self.prices)
                if not len(found.counts) and idle:
                    break
                self.add(found)
                self.solve()
                idle = 0 if self.bound < before - TAIL * abs(before) else idle + 1
            used = np.flatnonzero(self.shares > 1e-7)
            if turn == CUT_ROUNDS or self.shares[used].min() > 1 - 1e-6:
                return
            carts = [tuple(self.near.members[cart, : self.near.counts[cart]].tolist()) for cart in used]
            fresh = broken(carts, self.shares[used], len(self.t.loads))
            if not fresh:
                return
            binding = [triple for triple, dual in zip(self.cuts, self.prices.cut, strict=True) if dual < -1e-9]
            self.cuts = binding + fresh

    def _blur(self) -> None:
        """Prices half-way to each order's part of its cart by load.

        At first all prices are of one partition and any split of a cart's metres among its orders is as good: the
        solver's is of a few orders that pay for all, and the carts found by it are of no use.
        """
        near, worth = self.near, self.prices.order.copy()
        for cart in np.flatnonzero(self.shares > 0.5):
            members = near.members[cart, : near.counts[cart]]
            loads = self.t.loads[members] + 1e-9
            worth[members] = (worth[members] + near.lengths[cart] * loads / loads.sum()) / 2
        self.prices = self.prices._replace(order=worth, cart=self.prices.cart / 2)
        near.reduced[:] = reduced_costs(near.members, near.counts, near.lengths, self.prices)

    def dive(self, draw: np.random.Generator | None = None) -> list[tuple[int, ...]]:
        """A partition, by taking what is used most and solving again for the rest; `draw` blurs what is most."""
        rest = replace(self, open=np.ones(len(self.t.loads), np.bool_))
        room = room_for(MOST_FOUND, self.near.members.shape[1])
        taken: list[tuple[int, ...]] = []
        while True:
            blurred = rest.shares * (1.0 if draw is None else draw.uniform(BLUR, 1.0, len(rest.shares)))
            whole = np.flatnonzero(rest.shares > WHOLE)
            for cart in whole if len(whole) else [int(np.argmax(blurred))]:
                members = rest.near.members[cart, : rest.near.counts[cart]]
                taken.append(tuple(members.tolist()))
                rest.open[members] = False
                rest.least_carts -= 1
            if not rest.open.any():
                return taken
            inside = np.arange(rest.near.members.shape[1]) < rest.near.counts[:, None]
            rest.near = _some(rest.near, (rest.open[rest.near.members] | ~inside).all(axis=1))
            rest.solve()
            for _ in range(DIVE_PRICES):
                begin = np.argsort(rest.near.reduced, kind="stable")[:DIVE_BEGIN]
                held = descend(_some(rest.near, begin), rest.capacity, rest.prices, rest.t, STEPS, room)
                if not held:
                    break
                rest.add(_some(room, slice(held)))
                rest.solve()

    def add(self, found: Near) -> None:
        """Take up carts; of too many, those with the highest reduced costs go."""
        kept = self.near
        if len(kept.counts) + len(found.counts) > MOST_KEPT:
            # Single orders stay, so that there is always a partition.
            needed = np.flatnonzero((self.shares > 0) | (kept.counts == 1))
            cheap = np.argsort(kept.reduced, kind="stable")[:KEPT]
            kept = _some(kept, np.union1d(needed, cheap))
        self.near = distinct(Near(*(np.concatenate(pair) for pair in zip(kept, found, strict=True))))


def _prices(equal: np.ndarray, upper: np.ndarray, cuts: list[Triple]) -> Prices:
    orders = np.array(cuts, dtype=np.int64).ravel()
    ranked = np.argsort(orders, kind="stable")
    first = np.searchsorted(orders[ranked], np.arange(len(equal) + 1))
    return Prices(np.ascontiguousarray(equal), float(-upper[0]), first, ranked // 3, np.ascontiguousarray(upper[1:]))


def _some(near: Near, rows: np.ndarray | slice) -> Near:
    return Near(*(column[rows] for column in near))


def listed(carts: list[tuple[int, ...]], slots: int, t: Floor) -> Near:
    """Carts with their metres."""
    near = room_for(len(carts), slots)
    for place, cart in enumerate(carts):
        near.members[place, : len(cart)], near.counts[place] = cart, len(cart)
        near.lengths[place] = tour_length(near.members[place], len(cart), t)
    return near


def distinct(near: Near) -> Near:
    """Each cart once, its orders ascending."""
    padded = np.where(np.arange(near.members.shape[1]) < near.counts[:, None], near.members, np.iinfo(np.int64).max)
    padded.sort(axis=1)
    _, rows = np.unique(padded, axis=0, return_index=True)
    rows.sort()
    kept = _some(near, rows)
    return kept._replace(members=np.where(padded[rows] == np.iinfo(np.int64).max, 0, padded[rows]))


def cover_of(near: Near, orders: int):
    """(orders, carts) sparse: which orders are on which cart."""
    from scipy.sparse import csc_array

    inside = np.arange(near.members.shape[1]) < near.counts[:, None]
    first = np.concatenate([[0], np.cumsum(near.counts)])
    return csc_array((np.ones(first[-1]), near.members[inside], first), shape=(orders, len(near.counts)))
