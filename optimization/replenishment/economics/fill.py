"""Small changes to a whole choice that earn more."""

import numba
import numpy as np

PASSES = 8


def fill(
    candidate: np.ndarray,
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    most: np.ndarray,
    budget: float,
) -> np.ndarray:
    """Spend what is left of a budget and of capacities on the changes of single items that earn most per money.

    Every candidate is looked at, not only those of the envelope.

    Parameters
    ----------
    candidate
        Shape (items,): the choice; not changed.
    value, spend
        Shape (items, candidates).
    supplier
        Shape (items,): row of the supplier.
    most
        Shape (suppliers,): largest spend of an order; below zero where the supplier is not ordered from.
    budget
        Largest spend in all.

    Returns
    -------
    np.ndarray
        Shape (items,): a choice of at least the same value that keeps the budget.
    """
    candidate = candidate.copy()
    spent = spend[np.arange(candidate.size), candidate]
    left, room = budget - float(spent.sum()), most - np.bincount(supplier, spent, most.size)
    rows = np.flatnonzero(most[supplier] >= 0)
    for _ in range(PASSES):
        now = candidate[rows]
        gain = value[rows] - value[rows, now][:, None]
        more = spend[rows] - spend[rows, now][:, None]
        fits = (more >= 0) & (more <= np.minimum(left, room[supplier[rows]])[:, None])
        gain = np.where(fits & (gain > 1e-9), gain, -np.inf)
        # Something for nothing goes first.
        rate = np.where(np.isfinite(gain), gain / np.maximum(more, 1e-9), -np.inf)
        best = rate.argmax(axis=1)
        each = rate[np.arange(rows.size), best]
        order = np.flatnonzero(np.isfinite(each))
        if not order.size:
            break
        order = order[np.argsort(-each[order], kind="stable")]
        cost = more[order, best[order]]
        fits = _fitting(cost, supplier[rows[order]], left, room)
        taken = order[fits]
        candidate[rows[taken]] = best[taken]
        left -= float(cost[fits].sum())
        rows = rows[order]
    return candidate


@numba.njit(cache=True, nogil=True)
def _fitting(cost: np.ndarray, supplier: np.ndarray, left: float, room: np.ndarray) -> np.ndarray:
    """Whether each is taken when each in turn is taken if it still fits; ``room`` is used up."""
    taken = np.zeros(cost.size, dtype=np.bool_)
    for place in range(cost.size):
        one = cost[place]
        if one <= left and one <= room[supplier[place]]:
            taken[place] = True
            left -= one
            room[supplier[place]] -= one
    return taken


def strip(
    candidate: np.ndarray, value: np.ndarray, spend: np.ndarray, supplier: np.ndarray, minimum: np.ndarray
) -> np.ndarray:
    """Take back what loses money and is not needed for its supplier's minimum.

    Parameters
    ----------
    candidate, value, spend
        As for ``fill``.
    supplier
        Shape (items,): row of the supplier.
    minimum
        Shape (suppliers,): least spend of an order.

    Returns
    -------
    np.ndarray
        Shape (items,): a choice of at least the same value.
    """
    candidate = candidate.copy()
    rows = np.arange(candidate.size)
    spent = np.bincount(supplier, spend[rows, candidate], minimum.size)
    slack = spent - minimum
    best = np.where(np.isfinite(value) & (spend <= spend[rows, candidate][:, None]), value, -np.inf).argmax(axis=1)
    gain = value[rows, best] - value[rows, candidate]
    for row in np.flatnonzero(gain > 1e-9)[np.argsort(-gain[gain > 1e-9], kind="stable")]:
        less = spend[row, candidate[row]] - spend[row, best[row]]
        if less <= slack[supplier[row]]:
            slack[supplier[row]] -= less
            candidate[row] = best[row]
    return candidate
