"""Which suppliers to order from under a budget: the best sets first, by branch and bound on prices of money.

A node says of some suppliers that they are ordered from, of others that they are not. Its bound is the smallest over
the price of money of what those orders, and of the others' the ones worth placing, earn (``supplier_groups``), less
what whole orders fall short of divisible ones (``whole_orders``). What those lose at one price λ₀ they lose at a higher
one at least, and at a lower one λ at least in the share (λ − ρ) / (λ₀ − ρ), for the loss is concave in the price and ρ
is the rate at which the limit binds no more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

import numba
import numpy as np

from optimization.replenishment.economics.contest_loops import settle
from optimization.replenishment.economics.supplier_groups import Groups

HALVINGS = 40
NEAR = 1e-5  # share of the bound that is not looked for


@dataclass(frozen=True)
class Searched:
    """The best sets found.

    Parameters
    ----------
    sets
        Suppliers ordered from, bool, shape (suppliers,), and the price of money if they are; the best set first.
    bound
        No set, however its money is spent, is worth more.
    """

    sets: list[tuple[np.ndarray, float]]
    bound: float


def search(
    groups: Groups,
    shortfall: tuple[np.ndarray, float],
    budget: float,
    may_open: np.ndarray,
    judge: Callable[[np.ndarray], float],
    nodes: int,
    kept: int,
    starts: list[np.ndarray],
) -> Searched:
    """Search sets of suppliers, the most promising first.

    Parameters
    ----------
    groups
        Ranked steps of the suppliers.
    shortfall
        Least loss of whole orders, shape (suppliers,), and the price of money at which it was found.
    budget
        Largest spend in all.
    may_open
        Shape (suppliers,), bool.
    judge
        What a set (bool, shape (suppliers,)) is worth, in whole steps.
    nodes
        Most nodes looked at.
    kept
        Most sets returned.
    starts
        Sets judged before any other.
    """
    lost, at_price = shortfall
    bounded = _Bounded(groups, lost, groups.rate_at(at_price), at_price, budget)
    judged = {np.zeros(may_open.size, dtype=bool).tobytes(): 0.0}
    judged |= {one.tobytes(): judge(one) for one in starts}
    value, done, number = max(judged.values()), -np.inf, 0
    bound, opens, critical = bounded.at(np.where(may_open, 0, -1))
    heap = [(-bound, number, np.where(may_open, 0, -1), opens, critical)]
    while heap and number < nodes and -heap[0][0] > value * (1 + NEAR):
        bound, _, state, opens, critical = heappop(heap)
        if opens.tobytes() not in judged:
            judged[opens.tobytes()] = judge(opens)
            value = max(value, judged[opens.tobytes()])
        if critical < 0:
            done = max(done, -bound)
            continue
        for decided in (1, -1):
            child = state.copy()
            child[critical] = decided
            found, opens, next_critical = bounded.at(child)
            number += 1
            heappush(heap, (-min(found, -bound), number, child, opens, next_critical))
    best = sorted(judged, key=judged.__getitem__, reverse=True)[:kept]
    sets = [np.frombuffer(one, dtype=bool) for one in best]
    priced = [(is_open, bounded.price(np.where(is_open, 1, -1))) for is_open in sets]
    return Searched(priced, max([value, done] + [-node[0] for node in heap[:1]]))


class _Bounded:
    """Bounds of nodes."""

    def __init__(self, groups: Groups, lost: np.ndarray, rate: np.ndarray, at_price: float, budget: float) -> None:
        self.budget, self.highest = budget, float(max(groups.rate.max(initial=0.0), 0.0))
        # Goods that cost nothing are had whatever the price.
        fixed = groups.fixed - groups.base_value
        self.ranked = groups.start[:-1], np.diff(groups.start), groups.rate, groups.spend, groups.value
        self.terms = groups.minimum, fixed, groups.capacity
        self.short = lost, rate, at_price
        self.orders = tuple(np.zeros(groups.fixed.size) for _ in range(3))

    def price(self, state: np.ndarray) -> float:
        """Price of money at which a node's orders keep to the budget."""
        return _least_price(self.budget, self.highest, state, *self.short, *self.ranked, *self.terms, *self.orders)

    def at(self, state: np.ndarray) -> tuple[float, np.ndarray, int]:
        """Bound of a node, the suppliers it orders from, and the one to decide next; −1: they use the budget up."""
        price, (worth, spent, _) = self.price(state), self.orders
        opens = (state > 0) | ((state == 0) & (worth > 0))
        left = self.budget - float(spent[opens].sum()) if price > 0 else 0.0
        # Who is not decided yet need not be ordered from, however little the money is.
        if float(spent[state > 0].sum()) > self.budget * (1 + NEAR):
            return -np.inf, opens, -1
        bound = float(worth[opens].sum()) + (price * self.budget if price > 0 else 0.0)
        free = np.flatnonzero((state == 0) & np.isfinite(worth))
        if not free.size or abs(price * left) <= NEAR * abs(bound):
            return bound, opens, -1
        return bound, opens, int(free[np.abs(worth[free]).argmin()])


@numba.njit(cache=True, nogil=True)
def _least_price(
    budget, highest, state, lost, rates, at_price, slot, size, rate, spend, value, minimum, fixed, capacity, worth,
    spent, last,
):  # fmt: skip
    """The smallest price of money at which the orders of a node keep to the budget; what they are worth at it."""
    low, high = 0.0, highest
    ranked_terms = (slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last)
    if _paid(0.0, state, lost, rates, at_price, *ranked_terms) <= budget:
        return 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _paid(middle, state, lost, rates, at_price, *ranked_terms) > budget:
            low = middle
        else:
            high = middle
    _paid(high, state, lost, rates, at_price, *ranked_terms)
    return high


@numba.njit(cache=True, nogil=True)
def _paid(
    price, state, lost, rates, at_price, slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last
):
    """Money that a node's orders take at a price of money."""
    settle(price, slot, size, rate, spend, value, minimum, fixed, capacity, worth, spent, last)
    total = 0.0
    for supplier in range(state.size):
        if lost[supplier] > 0:
            share = (price - rates[supplier]) / (at_price - rates[supplier])
            worth[supplier] -= lost[supplier] * min(max(share, 0.0), 1.0)
        if state[supplier] > 0 or (state[supplier] == 0 and worth[supplier] > 0):
            total += spent[supplier]
    return total
