"""Steps of all items ranked supplier by supplier, so that every price on money is answered by a look-up.

With λ the price of the budget, μ that of a supplier's minimum and ν that of his capacity, an item takes the candidate
that is best at value − (λ − μ + ν) × spend. A supplier's problem therefore depends on θ = λ − μ + ν alone: it takes
its steps in falling order of value / spend down to θ. So the θ at which its minimum is just met, or its capacity just
used, does not depend on λ, and one sort answers every λ (Lagrangian relaxation with generalized upper bounds, Fisher
1981, Management Science 27).
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
    capacity
        Shape (suppliers,): largest spend of an order; infinity for none.
    fits
        Shape (suppliers,): number of whole steps within the capacity.
    most, last_rate
        Shape (suppliers,): largest value (before ``fixed``) at a spend of exactly the capacity, steps divisible, and
        what the last money earns there; zero where all steps fit.
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
    capacity: np.ndarray
    fits: np.ndarray
    most: np.ndarray
    last_rate: np.ndarray

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
        """Steps of each supplier at a price if it is ordered from: at least its minimum, within its capacity."""
        return np.minimum(np.maximum(self.taken(price), self.meets), self.fits)

    def rate_at(self, price: float) -> np.ndarray:
        """What each order's last money earns at a price: less where the minimum binds, more where the capacity."""
        if not self.rate.size:
            return np.full(self.minimum.size, price)
        taken = self.taken(price)
        least = self.rate[np.clip(self.start[:-1] + self.meets - 1, 0, self.rate.size - 1)]
        found = np.where(self.meets > taken, least, price)
        return np.where(taken > self.fits, self.last_rate, found)

    def losses(self, value: np.ndarray, spend: np.ndarray, supplier: np.ndarray, price: float) -> np.ndarray:
        """What a choice with a candidate in it falls short of the bound at a price, at least; shape as ``value``.

        The item's best at what its supplier's last money earns, and what the order lacks of being worth placing.
        """
        net = value - self.rate_at(price)[supplier][:, None] * spend
        lacks = np.maximum(-self.worth_at(price), 0.0)[supplier]
        return net.max(axis=1)[:, None] - net + np.where(np.arange(value.shape[1]) > 0, lacks[:, None], 0.0)

    def spent_at(self, price: float) -> np.ndarray:
        """Spend of each supplier's best order at a price, steps divisible."""
        spend, _ = self.at(self.taken(price))
        return np.minimum(np.maximum(spend, self.minimum), self.capacity)

    def worth_at(self, price: float) -> np.ndarray:
        """Largest value − price × spend of an order from each supplier, steps divisible; −inf if impossible."""
        count = self.taken(price)
        spend, value = self.at(count)
        free = value - price * spend
        bound = np.where(spend >= self.minimum, free, self.worth - price * self.minimum)
        full = np.where(np.isfinite(self.capacity), self.capacity, 0.0)
        bound = np.where(spend > self.capacity, self.most - price * full, bound)
        return np.where((self.meets < 0) | (self.minimum > self.capacity), -np.inf, bound - self.fixed)


def rank(
    steps: Steps,
    supplier: np.ndarray,
    base: tuple[np.ndarray, np.ndarray],
    minimum: np.ndarray,
    fixed: np.ndarray,
    capacity: np.ndarray | None = None,
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
    minimum, fixed, capacity
        As in ``Groups``; no capacity: none is limited.
    """
    count = minimum.size
    capacity = np.full(count, np.inf) if capacity is None else capacity
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
    fits, most, last_rate = _within(capacity - base_spend, base_value, (ranked, spend, value), start)
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
        capacity=capacity,
        fits=fits,
        most=most,
        last_rate=last_rate,
    )


def _within(
    room: np.ndarray, base_value: np.ndarray, steps: tuple[np.ndarray, np.ndarray, np.ndarray], start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole steps within each supplier's room, and value and rate where divisible ones use it up."""
    rate, spend, value = steps
    sizes = np.diff(start)
    if not rate.size:
        return sizes, base_value, np.zeros(room.size)
    # A hair of tolerance, as for the minimum.
    fits = first_below(-spend, start, -room * (1 + 1e-12) - 1e-12)
    over = fits < sizes
    at = np.where(over, np.minimum(start[:-1] + fits, rate.size - 1), 0)
    missing = np.where(over, spend[at] - room, 0.0)
    most = base_value + np.where(over, value[at] - missing * rate[at], 0.0)
    return fits, most, np.where(over, rate[at], 0.0)


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
