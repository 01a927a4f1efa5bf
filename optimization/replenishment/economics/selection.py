"""Which candidate of which item: the most money under a budget and suppliers' minimums, with a proof."""

from dataclasses import dataclass

import numpy as np

from optimization.replenishment.economics.branch import branch
from optimization.replenishment.economics.exchange import exchange
from optimization.replenishment.economics.fill import fill, strip
from optimization.replenishment.economics.hulls import envelope_steps
from optimization.replenishment.economics.supplier_groups import Groups, rank

BISECTIONS = 60
TRIALS = 24  # suppliers near the threshold that are opened and closed again
FEW = 30_000  # up to as many items × candidates, a set of suppliers is judged by its whole choice
EXACT, EXACT_GAP = 3_000, 1e-3  # up to as many items × candidates, a larger gap than this is branched on
PAIRS = 60  # pairs of items that are changed in the end
SMALL = 100_000  # up to as many items × suppliers near the threshold, pairs of them are exchanged too


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
    """

    candidate: np.ndarray
    value: float
    bound: float
    budget_price: float


def select(
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    minimum: np.ndarray,
    fixed: np.ndarray,
    budget: float = np.inf,
) -> Selection:
    """Choose one candidate per item.

    The budget gets a price λ, at which the problem falls apart by supplier; the λ with the smallest dual value
    is found by bisection, for that value is convex in it. The suppliers that are worth opening at λ are opened
    and their steps taken in the order of value per spend; the one supplier at the threshold, and some near it,
    are tried both ways.

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

    Returns
    -------
    Selection
    """
    steps = envelope_steps(value, spend)
    rows = np.arange(len(value))
    base = spend[rows, steps.base], value[rows, steps.base]
    groups = rank(steps, supplier, base, minimum, fixed)
    price, bound = best_price(groups, budget)
    chosen = _Chooser(value, spend, supplier, groups, budget, price)
    candidate, worth = chosen.best_near()
    if value.size <= EXACT and worth < bound - EXACT_GAP * abs(bound):
        exact, proven = branch(value, spend, supplier, minimum, fixed, budget)
        bound = min(bound, proven)
        if exact is not None and chosen.keeps(exact) and worth_of(exact, value, supplier, fixed) > worth:
            candidate, worth = exact, worth_of(exact, value, supplier, fixed)
    return Selection(candidate, worth, max(bound, worth), price)


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
    spend, _ = groups.at(groups.taken(price))
    return float(np.where(groups.worth_at(price) > 0, np.maximum(spend, groups.minimum), 0.0).sum())


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

    def best_near(self) -> tuple[np.ndarray, float]:
        """The best choice among sets of suppliers that differ at the threshold of the price."""
        worth = self.groups.worth_at(self.price)
        ranked = np.argsort(-worth, kind="stable")
        opened = int((worth > 0).sum())
        best = _nothing(worth.size), 0.0
        # In whole steps the minimums cost a little more than in the bound, so fewer suppliers may fit the budget.
        least = self.groups.at(np.maximum(self.groups.meets, 0))[0][ranked]
        most = min(int((np.cumsum(least) <= self.budget).sum()), int((self.groups.meets >= 0).sum()))
        opened = min(opened, most)
        for count in range(max(opened - 2, 0), min(opened + 2, most) + 1):
            is_open = _nothing(worth.size)
            is_open[ranked[:count]] = True
            best = max(best, (is_open, self.estimate(is_open)), key=lambda found: found[1])
        near = ranked[max(opened - TRIALS // 2, 0) : opened + TRIALS // 2]
        is_open = self.improved(best, near[self.groups.meets[near] >= 0])[0]
        return self.whole(is_open, PAIRS if self.value.size <= FEW else 0)

    def improved(self, best: tuple[np.ndarray, float], near: np.ndarray) -> tuple[np.ndarray, float]:
        """Open or close one supplier, or exchange two, near the threshold, as long as that earns more."""
        changes = [np.array([one]) for one in near]
        if near.size * self.value.shape[0] <= SMALL:
            changes += [np.array([one, other]) for place, one in enumerate(near) for other in near[:place]]
        for _ in range(3):
            before = best[1]
            for change in changes:
                is_open = best[0].copy()
                is_open[change] = ~is_open[change]
                best = max(best, (is_open, self.estimate(is_open)), key=lambda found: found[1])
            if best[1] <= before:
                break
        return best

    def estimate(self, is_open: np.ndarray) -> float:
        """Value of ordering from these suppliers; minus infinity beyond the budget.

        Few items do not fill a budget with whole steps, so there the choice is made in full.
        """
        if self.value.size <= FEW:
            return self.whole(is_open)[1]
        spent, value = self.groups.at(self.counts(is_open))
        if spent[is_open].sum() > self.budget * (1 + 1e-12):
            return -np.inf
        return float((value - self.groups.fixed)[is_open].sum())

    def counts(self, is_open: np.ndarray) -> np.ndarray:
        """Steps of each supplier at the smallest price at which the open ones keep to the budget."""
        low, high = 0.0, float(max(self.groups.rate.max(initial=0.0), 0.0))
        count = self.groups.open_count(low)
        if self.groups.at(count)[0][is_open].sum() <= self.budget:
            return np.where(is_open, count, 0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            spent = self.groups.at(self.groups.open_count(middle))[0][is_open].sum()
            low, high = (middle, high) if spent > self.budget else (low, middle)
            if high - low <= 1e-9 * high:
                break
        return np.where(is_open, self.groups.open_count(high), 0)

    def whole(self, is_open: np.ndarray, pairs: int = 0) -> tuple[np.ndarray, float]:
        """Candidate of every item when these suppliers are ordered from, and what that is worth.

        Up to ``pairs`` pairs of items are changed in the end.
        """
        candidate = self.after(self.counts(is_open), is_open)
        terms = self.groups.minimum, is_open
        if self.spent(candidate) > self.budget * (1 + 1e-12) and self.value.size <= FEW:
            candidate = self.exchanged(candidate, terms, 3)
        if self.spent(candidate) > self.budget * (1 + 1e-9):
            return np.zeros(len(self.value), dtype=np.int64), -np.inf
        for _ in range(2):
            candidate = fill(candidate, self.value, self.spend, is_open[self.supplier], self.budget)
            candidate = strip(candidate, self.value, self.spend, self.supplier, self.groups.minimum)
        candidate = self.exchanged(candidate, terms, pairs)
        return candidate, worth_of(candidate, self.value, self.supplier, self.groups.fixed)

    def keeps(self, candidate: np.ndarray) -> bool:
        """Whether a choice keeps the budget and every supplier's minimum, to the last digits of floats."""
        spend = np.bincount(self.supplier, self.spend[np.arange(candidate.size), candidate], self.groups.fixed.size)
        bought = np.bincount(self.supplier, candidate > 0, self.groups.fixed.size) > 0
        met = spend >= self.groups.minimum * (1 - 1e-9)
        return bool(met[bought].all()) and float(spend.sum()) <= self.budget * (1 + 1e-9)

    def exchanged(self, candidate: np.ndarray, terms: tuple[np.ndarray, np.ndarray], times: int) -> np.ndarray:
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


def _nothing(suppliers: int) -> np.ndarray:
    return np.zeros(suppliers, dtype=bool)
