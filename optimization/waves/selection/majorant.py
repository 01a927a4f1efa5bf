"""Concave bounds of what an item gives: the more of it is held, the less one unit more adds."""

from typing import NamedTuple

import numba
import numpy as np

from optimization.waves.selection.problem import Arrays
from optimization.waves.selection.single_lines import Reach


class Majorant(NamedTuple):
    """Units of orders of item i that s units in visited aisles serve at most, concave in s.

    ``units[first[i] + s]``, s from 0 to all that aisles hold. It lies on the amounts that some set of aisles holds.
    """

    first: np.ndarray
    units: np.ndarray


def majorant(a: Arrays, reach: Reach) -> Majorant:
    """The concave hull of what an item serves, over amounts that sets of aisles hold."""
    held = np.zeros(len(a.first) - 1, np.int64)
    np.add.at(held, a.aisles.item, a.aisles.quantity)
    first = np.concatenate([[0], np.cumsum(held + 1)]).astype(np.int64)
    place = np.argsort(a.aisles.item, kind="stable")
    units = np.zeros(first[-1])
    _hulls(a.held, a.aisles.quantity[place], reach, first, units)
    return Majorant(first, units)


@numba.njit(cache=True, nogil=True)
def _hulls(held: np.ndarray, quantity: np.ndarray, r: Reach, first: np.ndarray, units: np.ndarray) -> None:
    longest = np.max(np.diff(first))
    possible, corners = np.zeros(longest, np.bool_), np.zeros(longest, np.int64)
    for item in range(len(first) - 1):
        total = first[item + 1] - first[item] - 1
        possible[: total + 1] = False
        possible[0] = True
        for i in range(held[item], held[item + 1]):
            for s in range(total, quantity[i] - 1, -1):
                possible[s] |= possible[s - quantity[i]]
        served = r.most[r.first[item] : r.first[item + 1]]
        last, count = len(served) - 1, 0
        for s in range(total + 1):
            if not possible[s]:
                continue
            # A corner below the line from the one before it to this amount is none.
            while count > 1:
                low, middle = corners[count - 2], corners[count - 1]
                rise, reached = served[min(s, last)] - served[min(low, last)], served[min(middle, last)]
                if (reached - served[min(low, last)]) * (s - low) > rise * (middle - low):
                    break
                count -= 1
            corners[count] = s
            count += 1
        for c in range(count - 1):
            low, high = corners[c], corners[c + 1]
            begin, end = served[min(low, last)], served[min(high, last)]
            for s in range(low, high + 1):
                units[first[item] + s] = begin + (end - begin) * (s - low) / (high - low)
