"""Single lines: every set of so many aisles is tried, but those that concave bounds rule out."""

import numba
import numpy as np

from optimization.waves.selection.majorant import Majorant
from optimization.waves.selection.problem import Arrays
from optimization.waves.selection.single_lines import Reach

ROUNDING = 1e-6


@numba.njit(cache=True, nogil=True)
def best_set(
    a: Arrays, r: Reach, m: Majorant, candidates: np.ndarray, count: int, need: int, best: np.ndarray, stop: np.ndarray
) -> int:
    """Try the sets of `count` candidates that may give `need` units; one more than the best gives, `need` if none does.

    Parameters
    ----------
    best
        (count,) aisles of the best set, written where there is one.
    stop
        (1,) bool; set by another thread it ends the search, and what it returns proves nothing.
    """
    held = np.zeros(len(m.first) - 1, np.int64)
    return _descend(a, r, m, held, 0.0, candidates, count, need, np.zeros(count, np.int64), best, stop)


@numba.njit(cache=True, nogil=True)
def _gain(aisle: int, a: Arrays, m: Majorant, held: np.ndarray) -> float:
    gain = 0.0
    for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
        low = m.first[a.aisles.item[i]] + held[a.aisles.item[i]]
        gain += m.units[low + a.aisles.quantity[i]] - m.units[low]
    return gain


@numba.njit(cache=True, nogil=True)
def _exact(a: Arrays, r: Reach, picked: np.ndarray) -> int:
    """Units that a set of aisles serves."""
    held = np.zeros(len(r.first) - 1, np.int64)
    units = 0
    for aisle in picked:
        for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
            item = a.aisles.item[i]
            low, wanted = r.first[item], r.first[item + 1] - r.first[item] - 1
            units -= r.most[low + min(held[item], wanted)]
            held[item] += a.aisles.quantity[i]
            units += r.most[low + min(held[item], wanted)]
    return units


@numba.njit(cache=True, nogil=True)
def _descend(
    a: Arrays,
    r: Reach,
    m: Majorant,
    held: np.ndarray,
    units: float,
    candidates: np.ndarray,
    count: int,
    need: int,
    picked: np.ndarray,
    best: np.ndarray,
    stop: np.ndarray,
) -> int:
    """Add `count` candidates to a set of aisles that gives at most `units`.

    What an aisle adds only falls as others come, so no set adds more than the aisles that now add most.
    """
    gains = np.zeros(len(candidates))
    for c in range(len(candidates)):
        gains[c] = _gain(candidates[c], a, m, held)
    order = np.argsort(-gains)
    total = np.concatenate((np.zeros(1), np.cumsum(gains[order])))
    for c in range(len(candidates) - count + 1):
        # From here on the sets whose best aisle, as it stands now, is this one.
        if units + total[c + count] - total[c] < need - ROUNDING or stop[0]:
            break
        aisle = candidates[order[c]]
        picked[len(picked) - count] = aisle
        if count == 1:
            reached = min(_exact(a, r, picked), a.most)
            if reached >= need:
                need = reached + 1
                best[:] = picked
            continue
        others = total[c + count] - total[c + 1]
        last = others - (total[c + count] - total[c + count - 1])
        rest = np.empty(len(candidates) - c - 1, np.int64)
        kept = 0
        for d in range(c + 1, len(candidates)):
            if units + gains[order[c]] + last + gains[order[d]] >= need - ROUNDING or d < c + count:
                rest[kept] = candidates[order[d]]
                kept += 1
        for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
            held[a.aisles.item[i]] += a.aisles.quantity[i]
        need = _descend(a, r, m, held, units + gains[order[c]], rest[:kept], count - 1, need, picked, best, stop)
        for i in range(a.aisles.first[aisle], a.aisles.first[aisle + 1]):
            held[a.aisles.item[i]] -= a.aisles.quantity[i]
    return need
