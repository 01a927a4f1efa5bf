"""Which candidate of which item: the most money under a budget and suppliers' terms, with a proof."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimization.replenishment.economics.branch import branch
from optimization.replenishment.economics.exchange import exchange
from optimization.replenishment.economics.fill import fill, strip
from optimization.replenishment.economics.hulls import envelope_steps
from optimization.replenishment.economics.open_sets import search
from optimization.replenishment.economics.options import Options
from optimization.replenishment.economics.supplier_groups import Groups, rank
from optimization.replenishment.economics.whole_orders import whole_orders

BISECTIONS = 60
NEARBY = 24  # suppliers below the threshold whose whole orders are looked at
NODES, NODES_BY_SUPPLIERS = 300, 60_000  # sets of suppliers looked at, and those × suppliers, at most
SETS = 4  # of them chosen from again, each at its own price of money …
DEARER = (1.0, 1.1, 1.4)  # … and at so many times that price …
PROVEN = 1e-4  # … until the choice is as near to the bound as this
FEW = 30_000  # up to as many items × candidates, a set of suppliers is judged by its whole choice
EXACT, EXACT_GAP = 3_000, 1e-3  # up to as many candidates that may be in a better choice, a larger gap is branched on
EXACT_SIZE = 100_000  # items × candidates up to which they are counted
PAIRS = 60  # pairs of items that are changed in the end


@dataclass(frozen=True)
class Selection:
    """The candidates chosen.

    Parameters
    ----------
    candidate
        Shape (items,): column chosen; 0 is nothing.
    value
        Value of the choice less the fixed costs of the suppliers ordered from (money).
    bound
        No choice has a larger value.
    budget_price
        What one more unit of money in the budget would earn; 0 where the budget does not bind.
    capacity_price
        Shape (suppliers,): what one more unit of money in each supplier's capacity would earn.
    """

    candidate: np.ndarray
    value: float
    bound: float
    budget_price: float
    capacity_price: np.ndarray


def select(
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    minimum: np.ndarray,
    fixed: np.ndarray,
    budget: float = np.inf,
    capacity: np.ndarray | None = None,
) -> Selection:
    """Choose one candidate per item.

    The budget gets a price λ, at which the problem falls apart by supplier; the λ with the smallest dual value
    is found by bisection, for that value is convex in it. Suppliers whose terms bind take whole steps that lose
    least at λ (``whole_orders``), the others theirs in the order of value per spend; which suppliers are ordered
    from is branched on (``open_sets``).

    Parameters
    ----------
    value, spend
        Shape (items, candidates), money; column 0 is to buy nothing and is zero in both. A value of minus
        infinity is a candidate that may not be taken. Spend is zero or more.
    supplier
        Shape (items,), int: row of the supplier.
    minimum, fixed
        Shape (suppliers,), money: least spend of an order, cost of an order.
    budget
        Largest spend in all.
    capacity
        Shape (suppliers,), money: largest spend of an order; None: none is limited.

    Returns
    -------
    Selection
    """
    capacity = np.full(minimum.size, np.inf) if capacity is None else capacity
    steps = envelope_steps(value, spend)
    rows = np.arange(len(value))
    base = spend[rows, steps.base], value[rows, steps.base]
    groups = rank(steps, supplier, base, minimum, fixed, capacity)
    price, bound = best_price(groups, budget)
    chosen = _Chooser(value, spend, supplier, groups, budget, price)
    candidate, worth, proven = chosen.best_near()
    bound = min(bound, proven)
    if value.size <= EXACT_SIZE and worth < bound - EXACT_GAP * abs(bound):
        # A candidate that loses more than the gap at these prices is in no better choice.
        gap = dual_value(groups, price, budget) - float(chosen.lost.sum()) - worth
        near = groups.losses(value, spend, supplier, price) <= gap + chosen.lost[supplier][:, None]
        if near.sum() <= EXACT:
            exact = branch(Options(value, spend, rows, supplier, (minimum, fixed, capacity), budget), near)
            bound = min(bound, max(exact.bound, worth))
            if exact.candidate is not None and chosen.keeps(exact.candidate):
                earned = worth_of(exact.candidate, value, supplier, fixed)
                candidate, worth = (exact.candidate, earned) if earned > worth else (candidate, worth)
    dearer = np.where(groups.worth_at(price) > 0, np.maximum(groups.last_rate - price, 0.0), 0.0)
    return Selection(candidate, worth, max(bound, worth), price, dearer)


def worth_of(candidate: np.ndarray, value: np.ndarray, supplier: np.ndarray, fixed: np.ndarray) -> float:
    """Value of a choice less the cost of the orders it makes; arguments as for ``select``."""
    bought = np.bincount(supplier, candidate > 0, fixed.size) > 0
    return float(value[np.arange(candidate.size), candidate].sum() - fixed[bought].sum())


def dual_value(groups: Groups, price: float, budget: float) -> float:
    """Lagrangian bound at a price of the budget."""
    return (price * budget if price > 0 else 0.0) + float(np.maximum(groups.worth_at(price), 0.0).sum())


def best_price(groups: Groups, budget: float) -> tuple[float, float]:
    """Price of the budget with the smallest dual value, and that value."""
    low, high = 0.0, float(max(groups.rate.max(initial=0.0), 0.0))
    if not np.isfinite(budget) or spent_at(groups, low) <= budget:
        return 0.0, dual_value(groups, 0.0, budget)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if spent_at(groups, middle) > budget:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return high, min(dual_value(groups, price, budget) for price in (low, high))


def spent_at(groups: Groups, price: float) -> float:
    """Spend of the suppliers worth opening at a price, steps divisible: the dual's slope, budget aside."""
    return float(groups.spent_at(price)[groups.worth_at(price) > 0].sum())


class _Chooser:
    """Turns sets of open suppliers into whole choices, and keeps the best."""

    def __init__(
        self,
        value: np.ndarray,
        spend: np.ndarray,
        supplier: np.ndarray,
        groups: Groups,
        budget: float,
        price: float,
    ) -> None:
        self.value, self.spend, self.supplier = value, spend, supplier
        self.groups, self.budget, self.price = groups, budget, price
        taken = groups.taken(price)
        self.is_bound = (groups.meets >= 0) & ((groups.meets > taken) | (taken > groups.fits))
        self.tight, self.lost = self._tightened()
        self.tight_spend, self.tight_value = (
            np.bincount(supplier, part[np.arange(supplier.size), self.tight], groups.fixed.size)
            for part in (spend, value)
        )
        met = (self.tight_spend >= groups.minimum * (1 - 1e-9)) & (self.tight_spend <= groups.capacity * (1 + 1e-9))
        self.can_open = (groups.meets >= 0) & (met | ~self.is_bound)

    def _tightened(self) -> tuple[np.ndarray, np.ndarray]:
        """Candidates at the price of money if all suppliers are ordered from, within each one's terms.

        Also by how much less than in the bound, at least, each supplier's order is worth as whole steps.
        """
        groups, price, suppliers = self.groups, self.price, self.groups.fixed.size
        candidate = self.after(groups.open_count(price), np.ones(suppliers, dtype=bool))
        order = np.argsort(self.supplier, kind="stable")
        members = order, np.searchsorted(self.supplier[order], np.arange(suppliers + 1))
        worth = groups.worth_at(price)
        # Suppliers far from being worth an order are not looked at.
        near = np.sort(worth)[::-1][min(int((worth > 0).sum()) + NEARBY, suppliers - 1)] if suppliers else 0.0
        least = groups.meets > groups.taken(price)
        side = np.where(self.is_bound & (worth >= near), np.where(least, 1, -1), 0)
        limits = np.where(least, groups.minimum, groups.capacity), side
        found, lost = whole_orders(candidate, self.value, self.spend, members, limits, groups.rate_at(price), price)
        return found, np.minimum(lost, np.maximum(worth, 0.0))

    def best_near(self) -> tuple[np.ndarray, float, float]:
        """The best choice among sets of suppliers, its value, and what no choice can exceed."""
        few = self.value.size <= FEW
        shortfall, nodes = (self.lost, self.price), min(NODES, NODES_BY_SUPPLIERS // max(self.lost.size, 1))
        found = search(
            self.groups, shortfall, self.budget, self.can_open, self.estimate, nodes, SETS if few else 1, self.fitting()
        )
        best = self.whole(found.sets[0][0], PAIRS if few else 0)
        for is_open, price in self.own_prices(found.sets) if few else ():
            if best[1] >= found.bound * (1 - PROVEN):
                break
            own = _Chooser(self.value, self.spend, self.supplier, self.groups, self.budget, price)
            # At its own price a supplier's whole steps may not keep his terms.
            if (is_open & ~own.can_open).any():
                continue
            best = max(best, own.spent_out(is_open), key=lambda one: one[1])
        # A supplier whose terms whole steps in their order do not keep may yet be in a better choice.
        all_known = self.can_open | ~np.isfinite(self.groups.worth_at(self.price))
        return *best, found.bound if all_known.all() else np.inf

    def fitting(self) -> list[np.ndarray]:
        """The suppliers most worth an order, as many as fit the budget in whole steps, some more and some fewer.

        Whole steps cost a little more than the bound's, so where many suppliers are at their minimums fewer fit.
        """
        worth = np.where(self.can_open, self.groups.worth_at(self.price), -np.inf)
        ranked = np.argsort(-worth, kind="stable")
        least = np.where(self.is_bound, self.tight_spend, self.groups.at(np.maximum(self.groups.meets, 0))[0])[ranked]
        most = min(int((np.cumsum(least) <= self.budget).sum()), int(self.can_open.sum()))
        opened = min(int((worth > 0).sum()), most)
        place = np.argsort(ranked, kind="stable")
        return [place < count for count in range(max(opened - 2, 0), min(opened + 2, most) + 1)]

    def own_prices(self, sets: list[tuple[np.ndarray, float]]) -> Iterator[tuple[np.ndarray, float]]:
        """Sets with prices of money to choose their candidates at.

        Where few suppliers share the budget, money has another price in a set than in the bound, and a dearer one where
        large steps leave some of it over: suppliers at their limits then take less.
        """
        for dearer in DEARER if np.isfinite(self.budget) else ():
            for is_open, price in sets:
                yield is_open, price * dearer

    def estimate(self, is_open: np.ndarray) -> float:
        """Value of ordering from these suppliers; minus infinity beyond the budget.

        Few items do not fill a budget with whole steps, so there the choice is made in full.
        """
        if self.value.size <= FEW:
            return self.whole(is_open)[1]
        spent, value = self.groups.at(self.counts(is_open))
        spent, value = (
            np.where(self.is_bound, self.tight_spend, spent),
            np.where(self.is_bound, self.tight_value, value),
        )
        if spent[is_open].sum() > self.budget * (1 + 1e-12):
            return -np.inf
        return float((value - self.groups.fixed)[is_open].sum())

    def counts(self, is_open: np.ndarray) -> np.ndarray:
        """Steps of suppliers whose terms do not bind, at the smallest price at which all keep to the budget."""
        low, high = 0.0, float(max(self.groups.rate.max(initial=0.0), 0.0))
        free, left = is_open & ~self.is_bound, self.budget - self.tight_spend[is_open & self.is_bound].sum()
        count = self.groups.open_count(low)
        if self.groups.at(count)[0][free].sum() <= left:
            return np.where(free, count, 0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            spent = self.groups.at(self.groups.open_count(middle))[0][free].sum()
            low, high = (middle, high) if spent > left else (low, middle)
            if high - low <= 1e-9 * high:
                break
        return np.where(free, self.groups.open_count(high), 0)

    def whole(self, is_open: np.ndarray, pairs: int = 0) -> tuple[np.ndarray, float]:
        """Candidate of every item when these suppliers are ordered from, and what that is worth.

        Up to ``pairs`` pairs of items are changed in the end.
        """
        free = self.after(self.counts(is_open), is_open & ~self.is_bound)
        candidate = np.where((is_open & self.is_bound)[self.supplier], self.tight, free)
        terms = self.groups.minimum, self.groups.capacity, is_open
        most = np.where(is_open, self.groups.capacity, -1.0)
        if self.spent(candidate) > self.budget * (1 + 1e-12) and self.value.size <= FEW:
            candidate = self.exchanged(candidate, terms, 3)
        if self.spent(candidate) > self.budget * (1 + 1e-9):
            return np.zeros(len(self.value), dtype=np.int64), -np.inf
        for _ in range(2):
            candidate = fill(candidate, self.value, self.spend, self.supplier, most, self.budget)
            candidate = strip(candidate, self.value, self.spend, self.supplier, self.groups.minimum)
        candidate = self.exchanged(candidate, terms, pairs)
        return candidate, worth_of(candidate, self.value, self.supplier, self.groups.fixed)

    def spent_out(self, is_open: np.ndarray) -> tuple[np.ndarray, float]:
        """``whole``, with what suppliers at their limits leave then spent as well as it can be on the others."""
        candidate, worth = self.whole(is_open, PAIRS)
        rows = np.flatnonzero((is_open & ~self.is_bound)[self.supplier])
        left = self.budget - self.spent(np.where((is_open & ~self.is_bound)[self.supplier], 0, candidate))
        if not rows.size or worth == -np.inf or self.price <= 0:
            return candidate, worth
        all_in_one = (rows, np.array([0, rows.size])), (np.array([left]), np.array([-1])), np.array([self.price])
        other, _ = whole_orders(candidate, self.value, self.spend, *all_in_one, 0.0)
        other = strip(other, self.value, self.spend, self.supplier, self.groups.minimum)
        earned = worth_of(other, self.value, self.supplier, self.groups.fixed) if self.keeps(other) else -np.inf
        return (other, earned) if earned > worth else (candidate, worth)

    def keeps(self, candidate: np.ndarray) -> bool:
        """Whether a choice keeps the budget and every supplier's minimum, to the last digits of floats."""
        spend = np.bincount(self.supplier, self.spend[np.arange(candidate.size), candidate], self.groups.fixed.size)
        bought = np.bincount(self.supplier, candidate > 0, self.groups.fixed.size) > 0
        met = (spend >= self.groups.minimum * (1 - 1e-9)) & (spend <= self.groups.capacity * (1 + 1e-9))
        return bool(met[bought].all()) and float(spend.sum()) <= self.budget * (1 + 1e-9)

    def exchanged(self, candidate: np.ndarray, terms: tuple[np.ndarray, ...], times: int) -> np.ndarray:
        """The choice after up to so many pairs of items were changed."""
        return exchange(candidate, self.value, self.spend, self.supplier, terms, self.budget, self.price, times)

    def spent(self, candidate: np.ndarray) -> float:
        """Money that a choice spends."""
        return float(self.spend[np.arange(candidate.size), candidate].sum())

    def after(self, count: np.ndarray, is_open: np.ndarray) -> np.ndarray:
        """Candidate of every item once the suppliers took their first ``count`` steps."""
        groups, steps = self.groups, self.groups.steps
        candidate = np.where(is_open[self.supplier], steps.base, 0).astype(np.int64)
        place = np.arange(groups.order.size) - np.repeat(groups.start[:-1], np.diff(groups.start))
        taken = groups.order[place < np.repeat(count, np.diff(groups.start))]
        # Steps of an item follow each other, so the last one taken is where the item stands.
        candidate[steps.item[taken]] = steps.after[taken]
        return candidate
