"""Whom to buy an item from when several would sell it."""

import numpy as np


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


def worth_of_options(net: np.ndarray) -> np.ndarray:
    """What an option is worth is its best candidate: landed cost, lead time, its spread and yield are all in it.

    Parameters
    ----------
    net
        Shape (options, candidates): ``Offers.judged`` less what money and limits cost.
    """
    best = net[:, 1:].max(axis=1)
    return np.where(best > 0, best, 2 * best)


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
