"""Steps of all items ranked supplier by supplier, so that every price on money is answered by a look-up.

With λ the price of the budget and μ that of a supplier's minimum, an item takes the candidate that is best
at value − (λ − μ) × spend. A supplier's problem therefore depends on θ = λ − μ alone: it takes its steps in
falling order of value / spend down to θ. So the θ at which its minimum is just met does not depend on λ, and
one sort answers every λ (Lagrangian relaxation with generalized upper bounds, Fisher 1981, Management Science 27).
"""

from dataclasses import dataclass

import numpy as np

from optimization.replenishment.economics.hulls import Steps


@dataclass(frozen=True)
class Groups:
    """Ranked steps per supplier, and what each supplier asks for.

    Parameters
    ----------
    steps
        The steps, as given.
    order
        Shape (steps,): places in ``steps`` sorted by supplier, then by falling value per spend.
    start
        Shape (suppliers + 1,): first place of each supplier in ``order``.
    rate, spend, value
        Shape (steps,), in ``order``: value per spend, and both summed from the supplier's first step.
    base_spend, base_value
        Shape (suppliers,): of the candidates the items start from.
    minimum, fixed
        Shape (suppliers,): least spend of an order, and what an order costs whatever is in it.
    meets
        Shape (suppliers,): number of steps with which the minimum is met; −1 if all do not meet it.
    worth
        Shape (suppliers,): largest value (before ``fixed``) at a spend of exactly the minimum, steps divisible.
    """

    steps: Steps
    order: np.ndarray
    start: np.ndarray
    rate: np.ndarray
    spend: np.ndarray
    value: np.ndarray
    base_spend: np.ndarray
    base_value: np.ndarray
    minimum: np.ndarray
    fixed: np.ndarray
    meets: np.ndarray
    worth: np.ndarray

    def taken(self, price: np.ndarray) -> np.ndarray:
        """Number of steps each supplier takes that are worth more than ``price`` (scalar or per supplier)."""
        price = np.broadcast_to(price, self.minimum.shape)
        # Within a supplier the rates fall; searching for −price among −rates, all suppliers at once.
        return first_below(self.rate, self.start, price)

    def at(self, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Spend and value of each supplier after its first ``count`` steps."""
        last = self.start[:-1] + count - 1
        some = count > 0
        last = np.where(some, last, 0)
        if not self.rate.size:
            return self.base_spend.copy(), self.base_value.copy()
        return (
            self.base_spend + np.where(some, self.spend[last], 0.0),
            self.base_value + np.where(some, self.value[last], 0.0),
        )

    def open_count(self, price: float) -> np.ndarray:
        """Steps that each supplier takes at a price if it is ordered from: at least its minimum."""
        return np.maximum(self.taken(price), self.meets)

    def worth_at(self, price: float) -> np.ndarray:
        """Largest value − price × spend of an order from each supplier, steps divisible; −inf if impossible."""
        count = self.taken(price)
        spend, value = self.at(count)
        free = value - price * spend
        bound = np.where(spend >= self.minimum, free, self.worth - price * self.minimum)
        return np.where(self.meets < 0, -np.inf, bound - self.fixed)


def rank(
    steps: Steps, supplier: np.ndarray, base: tuple[np.ndarray, np.ndarray], minimum: np.ndarray, fixed: np.ndarray
) -> Groups:
    """Rank the steps of all items.

    Parameters
    ----------
    steps
        Envelopes of the items.
    supplier
        Shape (items,): row of the supplier of each item.
    base
        Spend and value of each item's first candidate; shape (items,) each.
    minimum, fixed
        As in ``Groups``.
    """
    count = minimum.size
    rate = steps.value / steps.spend
    owner = supplier[steps.item]
    order = np.lexsort((np.arange(rate.size), -rate, owner))
    start = np.searchsorted(owner[order], np.arange(count + 1))
    base_spend, base_value = (np.bincount(supplier, weights=part, minlength=count) for part in base)
    spend, value = (_cumulated(part[order], start) for part in (steps.spend, steps.value))
    ranked = rate[order]
    sizes = np.diff(start)
    total = base_spend + np.where(sizes > 0, spend[np.maximum(start[1:] - 1, 0)] if spend.size else 0.0, 0.0)
    missing = minimum - base_spend
    # A hair of tolerance: a minimum met to the last digit of a sum of floats is met.
    needed = first_reaching(spend, start, missing * (1 - 1e-12))
    meets = np.where(missing <= 0, 0, np.where(total >= minimum * (1 - 1e-12), needed + 1, -1))
    last = np.clip(start[:-1] + meets - 1, 0, max(rate.size - 1, 0))
    partial = np.where(meets > 0, value[last] - (spend[last] - missing) * ranked[last], 0.0) if rate.size else 0.0
    return Groups(
        steps=steps,
        order=order,
        start=start,
        rate=ranked,
        spend=spend,
        value=value,
        base_spend=base_spend,
        base_value=base_value,
        minimum=np.maximum(minimum, base_spend),
        fixed=fixed,
        meets=meets,
        worth=base_value + partial,
    )


def first_below(rate: np.ndarray, start: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Number of leading rates of each supplier above its price; the rates fall within a supplier."""
    low, high = start[:-1].copy(), start[1:].copy()
    while (low < high).any():
        middle = (low + high) // 2
        above = (low < high) & (rate[np.minimum(middle, rate.size - 1)] > price)
        high = np.where((low < high) & ~above, middle, high)
        low = np.where(above, middle + 1, low)
    return low - start[:-1]


def first_reaching(spend: np.ndarray, start: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Place within each supplier of its first step at which the summed spend reaches the target."""
    return first_below(-spend, start, -target) if spend.size else np.zeros(target.size, dtype=np.int64)


def _cumulated(part: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Sums from the first step of the supplier on."""
    whole = np.concatenate([[0.0], np.cumsum(part)])
    return whole[1:] - np.repeat(whole[start[:-1]], np.diff(start))
