"""The candidates of an item that a price on money can make best: its concave envelope of value over spend."""

from dataclasses import dataclass

import numba
import numpy as np


@dataclass(frozen=True)
class Steps:
    """Envelopes of many items, as the steps from each kept candidate to the next.

    Parameters
    ----------
    base
        Shape (items,): candidate that each item starts from, the best of those that cost least.
    item, before, after
        Shape (steps,): row of the item, candidate left and candidate reached.
    spend, value
        Shape (steps,): what the step adds; ``spend`` is above zero, and ``value / spend`` falls from step to
        step of an item and may be below zero.
    """

    base: np.ndarray
    item: np.ndarray
    before: np.ndarray
    after: np.ndarray
    spend: np.ndarray
    value: np.ndarray


def envelope_steps(value: np.ndarray, spend: np.ndarray) -> Steps:
    """Concave envelopes of (spend, value) points, one per row.

    Parameters
    ----------
    value, spend
        Shape (items, candidates), money; a value of minus infinity is a candidate that may not be taken.
        Every row has at least one candidate that may.

    Returns
    -------
    Steps
        In the order of the items.
    """
    order = np.argsort(spend, axis=1, kind="stable")
    kept, count = _envelopes(
        np.ascontiguousarray(value, dtype=np.float64), np.ascontiguousarray(spend, np.float64), order
    )
    item = np.repeat(np.arange(len(value)), np.maximum(count - 1, 0))
    place = np.arange(item.size) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1)
    before, after = kept[item, place], kept[item, place + 1]
    return Steps(
        base=kept[:, 0],
        item=item,
        before=before,
        after=after,
        spend=spend[item, after] - spend[item, before],
        value=value[item, after] - value[item, before],
    )


@numba.njit(cache=True, nogil=True)
def _envelopes(value: np.ndarray, spend: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Monotone chain over each row (Andrew 1979); candidates kept, and how many."""
    items, candidates = value.shape
    kept = np.zeros((items, candidates), dtype=np.int16)
    count = np.zeros(items, dtype=np.int64)
    for row in range(items):
        size = 0
        for place in range(candidates):
            now = order[row, place]
            if value[row, now] == -np.inf:
                continue
            if size and spend[row, now] <= spend[row, kept[row, size - 1]]:
                if value[row, now] <= value[row, kept[row, size - 1]]:
                    continue
                size -= 1
            while size >= 2:
                first, last = kept[row, size - 2], kept[row, size - 1]
                rise = (value[row, last] - value[row, first]) * (spend[row, now] - spend[row, last])
                if rise > (value[row, now] - value[row, last]) * (spend[row, last] - spend[row, first]):
                    break
                size -= 1
            kept[row, size] = now
            size += 1
        count[row] = size
    return kept, count
