"""Whom to buy an item from when several would sell it."""

import numpy as np

from optimization.replenishment.economics.hulls import envelope_steps
from optimization.replenishment.economics.selection import best_price
from optimization.replenishment.economics.supplier_groups import rank


def best_options(worth: np.ndarray, item: np.ndarray, items: int, closed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best and second best option of every item.

    Parameters
    ----------
    worth
        Shape (options,), money (``worth_of_options``).
    item
        Shape (options,): row of the item.
    items
        Number of items.
    closed
        Shape (options,), bool: options of suppliers that are not ordered from, taken only if nothing else is.

    Returns
    -------
    tuple of np.ndarray
        Rows of the options, shape (items,) each; −1 where there is none.
    """
    order = np.lexsort((np.arange(item.size), -worth, closed, item))
    first = np.searchsorted(item[order], np.arange(items))
    count = np.bincount(item, minlength=items)
    best = np.where(count > 0, order[np.minimum(first, max(item.size - 1, 0))], -1) if item.size else np.full(items, -1)
    second = np.where(count > 1, order[np.minimum(first + 1, item.size - 1)], -1) if item.size else best.copy()
    return best, second


def worth_of_options(net: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """What an option is worth is its best candidate: landed cost, lead time, its spread and yield are all in it.

    Parameters
    ----------
    net
        Shape (options, candidates): value less what money and limits cost.
    lost
        Shape (options,): sales lost until the order comes (``Offers.lost``).
    """
    best = net[:, 1:].max(axis=1)
    return np.where(best > 0, best - lost, best - np.abs(best) - lost)


def with_the_rest(
    net: np.ndarray, quantity: np.ndarray, worth: np.ndarray, item: np.ndarray, capacity: np.ndarray
) -> np.ndarray:
    """Worth of options who cannot deliver all, with what the best of the others would earn by delivering the rest.

    Parameters
    ----------
    net, worth
        As for ``worth_of_options``, and its result.
    quantity
        Shape (options, candidates), units.
    item
        Shape (options,).
    capacity
        Shape (options,): most units; infinity for no limit.
    """
    best = net[:, 1:].argmax(axis=1) + 1
    taken = quantity[np.arange(item.size), best]
    order = np.argsort(item, kind="stable")
    first = np.searchsorted(item[order], np.arange(item.max(initial=-1) + 2))
    found = worth.copy()
    for row in np.flatnonzero(runs_short(net, quantity, capacity) & (worth > 0)):
        rivals = order[first[item[row]] : first[item[row] + 1]]
        adds = [
            net[rival, best[rival]] - np.interp(taken[row], quantity[rival], np.maximum(net[rival], 0.0))
            for rival in rivals
            if rival != row and worth[rival] > 0
        ]
        found[row] += max([*adds, 0.0])
    return found


def runs_short(net: np.ndarray, quantity: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Options whose best candidate is all that the supplier can deliver; arguments as for ``with_the_rest``."""
    taken = quantity[np.arange(len(net)), net[:, 1:].argmax(axis=1) + 1]
    step = np.maximum(np.diff(quantity, axis=1).max(axis=1, initial=1), 1)
    return np.isfinite(capacity) & (taken + step > capacity)


def bound_over_options(
    value: np.ndarray,
    spend: np.ndarray,
    item: np.ndarray,
    supplier: np.ndarray,
    terms: tuple[np.ndarray, np.ndarray],
    budget: float,
) -> float:
    """Bound on every choice of options and candidates.

    Items with one option stay with their supplier's minimum; the others may take any candidate of any option,
    and whatever they could spend at a supplier is taken off its minimum. Both only loosen the problem.

    Parameters
    ----------
    value, spend, item
        As for ``best_options``.
    supplier
        Shape (options,): row of the supplier.
    terms
        Minimum and fixed cost of each supplier.
    budget
        Largest spend in all.
    """
    minimum, fixed = terms
    many = np.bincount(item)[item] > 1
    spendable = np.where(np.isfinite(value), spend, 0.0).max(axis=1)
    helped = np.bincount(supplier[many], spendable[many], minimum.size)
    items, row = np.unique(item[many], return_inverse=True)
    place = np.arange(row.size) - np.searchsorted(np.sort(row), np.sort(row))
    joint_value, joint_spend = _side_by_side(value[many], spend[many], row, place, items.size)
    single_value, single_spend = _padded(value[~many], joint_value), _padded(spend[~many], joint_spend, 0.0)
    values, spends = np.vstack([single_value, joint_value]), np.vstack([single_spend, joint_spend])
    owner = np.append(supplier[~many], np.full(items.size, minimum.size))
    steps = envelope_steps(values, spends)
    rows = np.arange(len(values))
    base = spends[rows, steps.base], values[rows, steps.base]
    least = np.append(np.maximum(minimum - helped, 0.0), 0.0)
    return best_price(rank(steps, owner, base, least, np.append(np.where(helped > 0, 0.0, fixed), 0.0)), budget)[1]


def _side_by_side(
    value: np.ndarray, spend: np.ndarray, row: np.ndarray, place: np.ndarray, items: int
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of all options of an item in one row."""
    order = np.argsort(row, kind="stable")
    candidates, widest = value.shape[1], int(place.max(initial=-1)) + 1
    values = np.full((items, max(widest, 1), candidates), -np.inf)
    spends = np.zeros_like(values)
    values[row[order], place] = value[order]
    spends[row[order], place] = spend[order]
    return values.reshape(items, -1), spends.reshape(items, -1)


def _padded(part: np.ndarray, like: np.ndarray, fill: float = -np.inf) -> np.ndarray:
    """Columns added to the right until both are as wide."""
    missing = max(like.shape[1] - part.shape[1], 0)
    return np.hstack([part, np.full((len(part), missing), fill)])
