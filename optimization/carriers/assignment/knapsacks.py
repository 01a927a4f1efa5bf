"""Knapsacks of all agents at given item prices, by dynamic programming: the kernels."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def knapsacks(profit: np.ndarray, weight: np.ndarray, capacity: np.ndarray, taken: np.ndarray) -> float:
    """What all agents together can gain at most.

    Parameters
    ----------
    profit
        ``float64[m, n]``, gain of each agent from each item; what is not above zero is not taken.
    weight, capacity
        ``int64[m, n]``, ``int64[m]``.
    taken
        ``int64[n]``, overwritten: by how many agents each item is taken.
    """
    m, n = profit.shape
    taken[:] = 0
    total = 0.0
    for i in range(m):
        room = capacity[i]
        best = np.zeros(room + 1)
        kept = np.zeros((n, room + 1), np.bool_)
        for j in range(n):
            gain, w = profit[i, j], weight[i, j]
            if gain <= 0 or w > room:
                continue
            for c in range(room, w - 1, -1):
                value = best[c - w] + gain
                if value > best[c]:
                    best[c] = value
                    kept[j, c] = True
        total += best[room]
        c = room
        for j in range(n - 1, -1, -1):
            if kept[j, c]:
                taken[j] += 1
                c -= weight[i, j]
    return total


@numba.njit(cache=True, nogil=True)
def forced(profit: np.ndarray, weight: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """What each agent loses at least when it must take an item, ``float64[m, n]``; infinite where it cannot.

    Forward and backward tables of the knapsack are joined at each item.
    """
    m, n = profit.shape
    loss = np.full((m, n), np.inf)
    for i in range(m):
        room = capacity[i]
        after = np.zeros((n + 1, room + 1))
        for j in range(n - 1, -1, -1):
            gain, w = profit[i, j], weight[i, j]
            after[j] = after[j + 1]
            if gain > 0:
                for c in range(w, room + 1):
                    after[j, c] = max(after[j, c], after[j + 1, c - w] + gain)
        before = np.zeros(room + 1)
        for j in range(n):
            gain, w = profit[i, j], weight[i, j]
            if w <= room:
                best = -np.inf
                for c in range(room - w + 1):
                    best = max(best, before[c] + after[j + 1, room - w - c])
                loss[i, j] = after[0, room] - best - gain
            if gain > 0:
                for c in range(room, w - 1, -1):
                    before[c] = max(before[c], before[c - w] + gain)
    return loss
