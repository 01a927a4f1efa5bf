"""Limits that many items share beside the budget and suppliers' terms: room at a location."""

from dataclasses import dataclass, replace

import numpy as np

from optimization.replenishment.economics.selection import Selection, select, worth_of

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Limits:
    """Uses of shared resources, one resource of a kind per item.

    Parameters
    ----------
    resource
        Shape (items,), int: row of the resource the item uses; −1 for none.
    use
        Shape (items, candidates): how much of it, zero or more.
    room
        Shape (resources,): how much there is.
    """

    resource: np.ndarray
    use: np.ndarray
    room: np.ndarray

    def used(self, candidate: np.ndarray) -> np.ndarray:
        """How much of each resource a choice uses; shape (resources,)."""
        some = self.resource >= 0
        each = self.use[np.arange(candidate.size), candidate]
        return np.bincount(self.resource[some], each[some], self.room.size)

    def charge(self, price: np.ndarray) -> np.ndarray:
        """What candidates cost at a price per resource; shape (items, candidates)."""
        return self.use * np.where(self.resource >= 0, np.append(price, 0.0)[self.resource], 0.0)[:, None]


def select_within(
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    terms: tuple[np.ndarray, np.ndarray, np.ndarray],
    budget: float,
    limits: list[Limits],
    rounds: int,
) -> tuple[Selection, list[np.ndarray]]:
    """Choose one candidate per item within the budget, the suppliers' terms and shared limits.

    Each resource that would be overused gets a price; the prices are bracketed and halved towards the smallest
    that keep to the limits. Whatever prices, the dual value bounds every choice. A choice that still overuses
    a resource gives back what earns least for its use.

    Parameters
    ----------
    value, spend, supplier, budget
        As for ``select``.
    terms
        Minimum, fixed cost and capacity of each supplier.
    limits
        Shared limits.
    rounds
        Prices tried.

    Returns
    -------
    tuple
        The best choice, its value and the smallest bound found; the price of each resource.
    """
    prices = [np.zeros(limit.room.size) for limit in limits]
    minimum, fixed, capacity = terms
    found = select(value, spend, supplier, minimum, fixed, budget, capacity)
    if all((limit.used(found.candidate) <= limit.room * (1 + TOLERANCE)).all() for limit in limits):
        return found, prices
    low = [price.copy() for price in prices]
    high = [np.full(limit.room.size, np.inf) for limit in limits]
    best, bound = None, found.bound
    for number in range(rounds):
        charged = value if number == 0 else _charged(value, limits, prices)
        priced = found if number == 0 else select(charged, spend, supplier, minimum, fixed, budget, capacity)
        paid = sum(float((price * limit.room).sum()) for limit, price in zip(limits, prices, strict=True))
        bound = min(bound, priced.bound + paid)
        candidate = give_back(priced.candidate, value, spend, supplier, minimum, limits)
        worth = worth_of(candidate, value, supplier, fixed)
        if best is None or worth > best.value:
            best = replace(priced, candidate=candidate, value=worth)
        for place, limit in enumerate(limits):
            over = limit.used(priced.candidate) > limit.room * (1 + TOLERANCE)
            low[place] = np.where(over, prices[place], low[place])
            high[place] = np.where(over, high[place], np.minimum(high[place], prices[place]))
            start = _typical(value, limit)
            middle = np.where(
                np.isfinite(high[place]), (low[place] + high[place]) / 2, np.maximum(2 * low[place], start)
            )
            prices[place] = np.where(over | (prices[place] > 0), middle, prices[place])
    return replace(best, bound=max(bound, best.value)), prices


def give_back(
    candidate: np.ndarray,
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    minimum: np.ndarray,
    limits: list[Limits],
) -> np.ndarray:
    """Lower candidates, least value per use first, until every limit holds; drop suppliers left short."""
    candidate = candidate.copy()
    rows = np.arange(candidate.size)
    for limit in limits:
        excess = limit.used(candidate) - limit.room
        for resource in np.flatnonzero(excess > limit.room * TOLERANCE):
            members = np.flatnonzero((limit.resource == resource) & (candidate > 0))
            rate = value[members, candidate[members]] / np.maximum(limit.use[members, candidate[members]], TOLERANCE)
            for row in members[np.argsort(rate, kind="stable")]:
                keeps = limit.use[row] <= limit.use[row, candidate[row]] - excess[resource]
                options = np.flatnonzero((keeps | (limit.use[row] == 0)) & np.isfinite(value[row]))
                chosen = options[value[row, options].argmax()]
                excess[resource] -= limit.use[row, candidate[row]] - limit.use[row, chosen]
                candidate[row] = chosen
                if excess[resource] <= 0:
                    break
    spent = np.bincount(supplier, spend[rows, candidate], minimum.size)
    return np.where(spent[supplier] < minimum[supplier] * (1 - TOLERANCE), 0, candidate)


def _charged(value: np.ndarray, limits: list[Limits], prices: list[np.ndarray]) -> np.ndarray:
    charged = value.copy()
    for limit, price in zip(limits, prices, strict=True):
        charged -= limit.charge(price)
    return charged


def _typical(value: np.ndarray, limit: Limits) -> float:
    """A price of the right order: median of the best value per use."""
    some = limit.use > 0
    rate = np.where(some & np.isfinite(value), value / np.where(some, limit.use, 1.0), 0.0).max(axis=1)
    return float(np.median(rate[rate > 0])) / 8 if (rate > 0).any() else 1.0
