"""Every cart below a reduced cost, by a search over sets of orders."""

import numba
import numpy as np

from optimization.waves.carts.floor import Floor
from optimization.waves.carts.length import union_length
from optimization.waves.carts.prices import Near, Prices


def carts_below(
    p: Prices, most: float, capacity: float, t: Floor, room: Near, allowed: np.ndarray | None = None,
    tours: int = 2_000_000,
) -> tuple[int, bool]:  # fmt: skip
    """Write the carts whose reduced cost is at most `most` into `room`; of too many, the cheaper ones.

    Orders are tried by what they are worth for their load, the best first. No order makes a tour shorter and none
    is worth more than its load at the rate of the next, so what is left of a cart bounds what it can still gain.

    Parameters
    ----------
    allowed
        Numbers of the orders that may be on them; None: all.
    tours
        Most tours that are measured.

    Returns
    -------
    (int, bool)
        How many were found, and whether they are all.
    """
    orders = np.arange(len(t.loads)) if allowed is None else allowed
    rates = p.order[orders] / np.maximum(t.loads[orders], 1e-9)
    ranked = np.argsort(-rates, kind="stable")
    return _search(orders[ranked], rates[ranked], p, most, capacity, t, room, tours)


@numba.njit(cache=True, nogil=True)
def _search(
    ranked: np.ndarray, rates: np.ndarray, p: Prices, most: float, capacity: float, t: Floor, room: Near, tours: int
) -> tuple[int, bool]:  # fmt: skip
    """Depth first: at depth d the cart holds d orders, and ``at[d]`` is the next to be tried as one more."""
    orders, slots = len(ranked), room.members.shape[1]
    columns, words = t.marks.shape[1], t.marks.shape[2]
    union = np.zeros((slots + 1, columns, words), np.uint64)
    low, high = np.full(slots + 1, t.dock), np.full(slots + 1, t.dock)
    reduced, load, length = np.zeros(slots + 1), np.zeros(slots + 1), np.zeros(slots + 1)
    at, chosen = np.zeros(slots + 1, np.int64), np.zeros(slots + 1, np.int64)
    met = np.zeros(len(p.cut), np.int64)
    lightest = np.full(orders + 1, np.inf)
    for place in range(orders - 1, -1, -1):
        lightest[place] = min(lightest[place + 1], t.loads[ranked[place]])
    reduced[0] = -p.cart
    depth, held, measured, is_whole = 0, 0, 0, True
    while depth >= 0:
        place, free = at[depth], capacity - load[depth] + 1e-9
        if (
            place == orders or depth == slots or free < lightest[place]
            or reduced[depth] - free * rates[place] > most
        ):  # fmt: skip
            if depth:
                order = ranked[chosen[depth]]
                for row in range(p.cut_first[order], p.cut_first[order + 1]):
                    met[p.cuts[row]] -= 1
            depth -= 1
            continue
        at[depth] = place + 1
        order = ranked[place]
        left = free - t.loads[order]
        if left < 0.0:
            continue
        has_room = left >= lightest[place + 1]
        more = left * rates[place + 1] if has_room else 0.0
        price = -p.order[order]
        for row in range(p.cut_first[order], p.cut_first[order + 1]):
            if met[p.cuts[row]] == 1:
                price -= p.cut[p.cuts[row]]
        if reduced[depth] + price - more > most:
            continue
        if measured == tours:
            return held, False
        measured += 1
        near, far = min(low[depth], t.low[order]), max(high[depth], t.high[order])
        for column in range(columns):
            for word in range(words):
                union[depth + 1, column, word] = union[depth, column, word] | t.marks[order, column, word]
        metres = union_length(union[depth + 1], near, far, t)
        cost = reduced[depth] - length[depth] + metres + price
        if cost <= most:
            if held == len(room.counts):
                most, held, is_whole = _halved(room), held // 2, False
            if cost <= most:
                for level in range(depth):
                    room.members[held, level] = ranked[chosen[level + 1]]
                room.members[held, depth] = order
                room.counts[held], room.lengths[held], room.reduced[held] = depth + 1, metres, cost
                held += 1
        if has_room and cost - more <= most:
            depth += 1
            low[depth], high[depth], at[depth], chosen[depth] = near, far, place + 1, place
            reduced[depth], length[depth], load[depth] = cost, metres, load[depth - 1] + t.loads[order]
            for row in range(p.cut_first[order], p.cut_first[order + 1]):
                met[p.cuts[row]] += 1
    return held, is_whole


@numba.njit(cache=True, nogil=True)
def _halved(room: Near) -> float:
    """Move the cheaper half of a full list to its front; the reduced cost of the last of it."""
    ranked = np.argsort(room.reduced, kind="mergesort")[: len(room.counts) // 2]
    members, counts = room.members[ranked].copy(), room.counts[ranked].copy()
    lengths, reduced = room.lengths[ranked].copy(), room.reduced[ranked].copy()
    for place in range(len(ranked)):
        room.members[place] = members[place]
        room.counts[place], room.lengths[place], room.reduced[place] = counts[place], lengths[place], reduced[place]
    return reduced[-1]
