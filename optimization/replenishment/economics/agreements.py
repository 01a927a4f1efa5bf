"""Rebates and commitments that orders reach together, or not at all."""

from dataclasses import dataclass

import numpy as np

from optimization.replenishment.economics.selection import Selection, select
from optimization.replenishment.economics.shared_limits import Limits, select_within

MET = 1e-9


@dataclass(frozen=True)
class Agreement:
    """What is earned once orders of some suppliers together are worth enough.

    Parameters
    ----------
    name
        Of the agreement.
    suppliers
        Shape (suppliers,), bool: whose orders count.
    missing
        Value of orders that is still to be reached.
    bonus
        Money earned then.
    """

    name: str
    suppliers: np.ndarray
    missing: float
    bonus: float

    def is_met(self, spent: np.ndarray) -> bool:
        """Whether orders worth so much (shape (suppliers,)) reach it."""
        return float(spent[self.suppliers].sum()) >= self.missing * (1 - MET)


@dataclass(frozen=True)
class Choices:
    """A whole choice: candidates and prices of the limits; values include the bonuses earned."""

    found: Selection
    prices: list[np.ndarray]


def reaching(
    agreement: Agreement,
    before: Choices,
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    terms: tuple[np.ndarray, np.ndarray, np.ndarray],
    budget: float,
    limits: list[Limits],
    rounds: int,
) -> tuple[np.ndarray | None, float]:
    """A choice that reaches an agreement, and how much more than the bound so far any such choice can be worth.

    Its suppliers' items are chosen again at the prices of money and limits so that their spend reaches what is
    missing; all other items then share what is left.

    Parameters
    ----------
    agreement
        The agreement.
    before
        The choice without it.
    value, spend, supplier, terms, budget, limits, rounds
        As for ``select_within``.

    Returns
    -------
    tuple
        Candidates, shape (items,), or None where nothing reaches it; money, zero or more.
    """
    inside = agreement.suppliers[supplier]
    rows, others = np.flatnonzero(inside), np.flatnonzero(~inside)
    priced = value - before.found.budget_price * spend
    for limit, price in zip(limits, before.prices, strict=True):
        priced = priced - limit.charge(price)
    one, none = np.zeros(rows.size, dtype=np.int64), np.zeros(1)
    if not rows.size:
        return None, 0.0
    minimum, fixed, capacity = terms
    free = select(priced[rows], spend[rows], supplier[rows], minimum, fixed, capacity=capacity)
    least = np.array([agreement.missing])
    # Together they are one order, so each supplier's capacity is priced there.
    dearer = before.found.capacity_price
    reached = select(priced[rows] - dearer[supplier[rows]][:, None] * spend[rows], spend[rows], one, least, none)
    scarce = dearer > 0
    room = float((dearer[scarce] * capacity[scarce]).sum())
    more = max(reached.bound + room + agreement.bonus - free.value, 0.0)
    candidate = np.zeros(len(value), dtype=np.int64)
    candidate[rows] = reached.candidate
    spent = np.bincount(supplier[rows], spend[rows, reached.candidate], minimum.size)
    short = (spent > 0) & (spent < minimum * (1 - MET))
    candidate[short[supplier]] = 0
    spent = np.bincount(supplier[rows], spend[rows, candidate[rows]], minimum.size)
    paid = float(spent.sum())
    full = (spent > capacity * (1 + MET)).any()
    if not agreement.is_met(spent) or paid > budget * (1 + MET) or full:
        return None, more
    left = [Limits(limit.resource[others], limit.use[others], limit.room - limit.used(candidate)) for limit in limits]
    if any((limit.room < -MET).any() for limit in left):
        return None, more
    if others.size:
        rest, _ = select_within(
            value[others], spend[others], supplier[others], terms, max(budget - paid, 0.0), left, rounds
        )
        candidate[others] = rest.candidate
    return candidate, more
