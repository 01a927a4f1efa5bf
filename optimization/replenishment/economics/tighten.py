"""Whole steps that meet a supplier's minimum, or use its capacity, with as little as possible beside it."""

import numba
import numpy as np

PAIRED = 160  # changes of single items that are paired, those that lose least
TIMES = 24  # pairs changed per supplier
TOLERANCE = 1e-12


def tighten(
    candidate: np.ndarray,
    value: np.ndarray,
    spend: np.ndarray,
    members: tuple[np.ndarray, np.ndarray],
    terms: tuple[np.ndarray, np.ndarray],
    rate: np.ndarray,
    price: float,
) -> np.ndarray:
    """Change items of one supplier alone or in pairs while the order then earns more at the price of money.

    Steps taken in the order of value per spend overshoot the minimum by part of the last one, or leave part of the
    capacity. What repairs that are candidates near to being taken at what the last money earns there.

    Parameters
    ----------
    candidate
        Shape (items,): a choice that keeps to the terms; not changed.
    value, spend
        Shape (items, candidates).
    members
        Rows of items sorted by supplier, and the first place of each supplier.
    terms
        Least and largest spend of each supplier's order.
    rate
        Shape (suppliers,): what the last money of each order earns; the price of money where neither term binds, and
        nothing is changed.
    price
        Price of money.

    Returns
    -------
    np.ndarray
        Shape (items,): no worse at the price of money.
    """
    found = candidate.copy()
    _tighten(found, value, spend, *members, *terms, rate, price)
    return found


@numba.njit(cache=True, nogil=True)
def _tighten(candidate, value, spend, rows, first, minimum, most, rate, price):
    for supplier in range(minimum.size):
        last, begin, end = rate[supplier], first[supplier], first[supplier + 1]
        if last == price or begin == end:
            continue
        paid, ordered = 0.0, False
        for place in range(begin, end):
            row = rows[place]
            paid += spend[row, candidate[row]]
            ordered = ordered or candidate[row] > 0
        if not ordered:
            continue
        moves = (end - begin) * value.shape[1]
        item, to = np.empty(moves, dtype=np.int64), np.empty(moves, dtype=np.int64)
        more, gain, regret = np.empty(moves), np.empty(moves), np.empty(moves)
        for _ in range(TIMES):
            # A change can only help if it loses less, at what the last money earns, than being whole costs in all.
            target = minimum[supplier] if last < price else most[supplier]
            worst = abs((last - price) * (paid - target))
            least, room = minimum[supplier] - paid, most[supplier] - paid
            within = least <= TOLERANCE * minimum[supplier] and room >= -TOLERANCE * paid
            if not within:
                worst = np.inf
            for place in range(begin, end):
                row = rows[place]
                best = -np.inf
                for step in range(value.shape[1]):
                    best = max(best, value[row, step] - last * spend[row, step])
                worst += best - (value[row, candidate[row]] - last * spend[row, candidate[row]])
            size = 0
            for place in range(begin, end):
                row = rows[place]
                now = candidate[row]
                best = -np.inf
                for step in range(value.shape[1]):
                    best = max(best, value[row, step] - last * spend[row, step])
                for step in range(value.shape[1]):
                    if value[row, step] == -np.inf:
                        continue
                    lost = best - (value[row, step] - last * spend[row, step])
                    if step != now and lost <= worst:
                        item[size], to[size], regret[size] = row, step, lost
                        more[size] = spend[row, step] - spend[row, now]
                        gain[size] = value[row, step] - value[row, now] - price * more[size]
                        size += 1
            order = np.argsort(regret[:size])[:PAIRED]
            best, one, other = (1e-9 if within else -np.inf), -1, -1
            for place in range(order.size):
                a = order[place]
                if gain[a] > best and least <= more[a] <= room:
                    best, one, other = gain[a], a, -1
                for beside in range(place):
                    b = order[beside]
                    both = more[a] + more[b]
                    if gain[a] + gain[b] > best and least <= both <= room and item[a] != item[b]:
                        best, one, other = gain[a] + gain[b], a, b
            if one < 0:
                break
            candidate[item[one]] = to[one]
            paid += more[one]
            if other >= 0:
                candidate[item[other]] = to[other]
                paid += more[other]
