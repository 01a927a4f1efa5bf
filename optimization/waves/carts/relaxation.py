"""The relaxation over carts by column generation with exact pricing: a bound, and prices that lead to partitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from optimization.waves.carts.cuts import Triple, broken
from optimization.waves.carts.floor import Floor
from optimization.waves.carts.length import tour_length
from optimization.waves.carts.prices import LEAST, Near, Prices, reduced_costs, room_for
from optimization.waves.carts.pricing import carts_below

MOST_FOUND = 20_000
# Carts added at once: the cheapest, then those with an order that is in fewer than so many of them.
AT_ONCE, CHEAPEST, PER_ORDER = 150, 20, 3
# Columns beyond so many are let go, those with the highest reduced costs first.
MOST_KEPT, KEPT = 2_500, 1_200
# Prices are drawn so far towards those that carts were last sought by (Wentges 1997).
DRAWN = 0.6
# Tours measured in a search by such prices, and by those of the relaxation itself.
QUICK, THOROUGH = 300_000, 5_000_000
# Rounds of cuts, and what each must add to the bound for another.
CUT_ROUNDS, TAIL = 8, 2e-5
BLUR, DIVE_PRICES, DIVE_TOURS = 0.5, 2, 100_000
NEVER = 1e9
# Carts used so nearly whole are taken whole; of the others the one used most.
WHOLE = 0.99


@dataclass
class Relaxation:
    """Linear relaxation of the choice of carts that cover every order once.

    Parameters
    ----------
    t, capacity, least_carts
        The problem, of partitions with no fewer carts.
    near
        Columns, with their reduced costs after ``solve``.
    cuts
        Triples of orders of which only one cart may have two.
    open
        (orders,) whether an order is still to be put on a cart; None: all are.
    bound
        No partition of so many carts is shorter; -inf until ``converge`` has proven it.
    """

    t: Floor
    capacity: float
    least_carts: int
    near: Near
    cuts: list[Triple] = field(default_factory=list)
    open: np.ndarray | None = None
    prices: Prices | None = None
    shares: np.ndarray | None = None
    value: float = np.inf
    bound: float = -np.inf

    @property
    def is_proven(self) -> bool:
        """Whether ``bound`` is that of the prices."""
        return self.bound > -np.inf and self.value <= self.bound + LEAST

    def solve(self) -> None:
        """Prices, shares of the columns and value, over the columns that it has."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, vstack

        cover = cover_of(self.near, len(self.t.loads))
        rest = np.arange(cover.shape[0]) if self.open is None else np.flatnonzero(self.open)
        # An order on two carts can be left off one, which makes no tour longer: prices need not be below zero.
        rows = [csr_array(-np.ones((1, cover.shape[1]))), -cover[rest]]
        limits = [-float(self.least_carts), *[-1.0] * len(rest)]
        if self.cuts:
            rows.append(shared_by(self.cuts, cover))
            limits += [1.0] * len(self.cuts)
        found = linprog(self.near.lengths, A_ub=vstack(rows).tocsc(), b_ub=limits, bounds=(0, None), method="highs-ds")
        if found.status != 0:
            raise RuntimeError(f"the relaxation over carts was not solved: {found.message}")
        self.value, self.shares = float(found.fun), found.x
        duals = found.ineqlin.marginals
        # No cart is worth an order that has one.
        worth = np.full(cover.shape[0], -NEVER)
        worth[rest] = -duals[1 : 1 + len(rest)]
        self.prices = _prices(worth, float(-duals[0]), duals[1 + len(rest) :], self.cuts)
        near = self.near
        near.reduced[:] = reduced_costs(near.members, near.counts, near.lengths, self.prices)

    def converge(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Add carts until none is below zero, then cuts, and again; `is_over` is asked before each search."""
        room = room_for(MOST_FOUND, self.near.members.shape[1])
        for turn in range(CUT_ROUNDS + 1):
            before = self.bound
            if not self._priced_out(room, is_over):
                return
            self.bound = max(self.bound, self.value)
            used = np.flatnonzero(self.shares > 1e-7)
            is_idle = self.bound < before + TAIL * abs(before)
            if turn == CUT_ROUNDS or is_idle or self.shares[used].min() > 1 - 1e-6:
                return
            carts = [tuple(self.near.members[cart, : self.near.counts[cart]].tolist()) for cart in used]
            fresh = broken(carts, self.shares[used], len(self.t.loads))
            if not fresh:
                return
            binding = [triple for triple, dual in zip(self.cuts, self.prices.cut, strict=True) if dual < -1e-9]
            self.cuts = binding + fresh

    def _priced_out(self, room: Near, is_over: Callable[[], bool]) -> bool:
        """Add columns until no cart is below zero; whether that came about."""
        centre = None
        while True:
            self.solve()
            if is_over():
                return False
            held, now = 0, self.prices
            if centre is not None:
                # The duals of a relaxation over few columns jump; between the jumps are better ones.
                centre = now._replace(
                    order=DRAWN * centre.order + (1 - DRAWN) * now.order,
                    cart=DRAWN * centre.cart + (1 - DRAWN) * now.cart,
                    cut=DRAWN * centre.cut + (1 - DRAWN) * now.cut,
                )
                held, _ = carts_below(centre, -LEAST, self.capacity, self.t, room, tours=QUICK)
                found = _some(room, slice(held))
                found.reduced[:] = reduced_costs(found.members, found.counts, found.lengths, now)
                held *= bool((found.reduced < -LEAST).any())
            if not held:
                centre = now
                held, is_whole = carts_below(now, -LEAST, self.capacity, self.t, room, tours=THOROUGH)
                if not held:
                    return is_whole
            self.add(_chosen(_some(room, slice(held)), len(self.t.loads)))

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
                members = members[rest.open[members]]
                if not len(members):
                    continue
                taken.append(tuple(members.tolist()))
                rest.open[members] = False
                rest.least_carts -= 1
            if not rest.open.any():
                return taken
            inside = np.arange(rest.near.members.shape[1]) < rest.near.counts[:, None]
            rest.near = _some(rest.near, (rest.open[rest.near.members] | ~inside).all(axis=1))
            rest.solve()
            for _ in range(DIVE_PRICES):
                held, _ = carts_below(
                    rest.prices, -LEAST, rest.capacity, rest.t, room, np.flatnonzero(rest.open), DIVE_TOURS
                )
                if not held:
                    break
                rest.add(_chosen(_some(room, slice(held)), len(self.t.loads)))
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


def _chosen(found: Near, orders: int) -> Near:
    """The cheapest carts, and cheap ones for every order."""
    counts, taken = np.zeros(orders, np.int64), []
    for cart in np.argsort(found.reduced, kind="stable"):
        members = found.members[cart, : found.counts[cart]]
        if len(taken) < CHEAPEST or counts[members].min() < PER_ORDER:
            counts[members] += 1
            taken.append(cart)
            if len(taken) == AT_ONCE:
                break
    return _some(found, np.array(taken))


def _prices(orders: np.ndarray, cart: float, cut: np.ndarray, cuts: list[Triple]) -> Prices:
    rows = np.array(cuts, dtype=np.int64).ravel()
    ranked = np.argsort(rows, kind="stable")
    first = np.searchsorted(rows[ranked], np.arange(len(orders) + 1))
    return Prices(np.ascontiguousarray(orders), cart, first, ranked // 3, np.ascontiguousarray(cut))


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


def shared_by(cuts: list[Triple], cover):
    """(cuts, carts) sparse: which carts have two orders of a cut, or all three."""
    from scipy.sparse import csr_array

    orders, first = np.array(cuts).ravel(), np.arange(0, 3 * len(cuts) + 1, 3)
    shared = csr_array((np.ones(len(orders)), orders, first), shape=(len(cuts), cover.shape[0])) @ cover
    shared.data = np.floor(shared.data / 2)
    return shared
