"""Better carts by moving and swapping orders, with exact tours inside."""

from typing import NamedTuple

import numba
import numpy as np

from optimization.waves.carts.floor import Floor
from optimization.waves.carts.length import tour_length
from optimization.waves.carts.seen import Seen, place_of, remember

# Shares of the moves.
SHIFTS, PAIRS = 0.3, 0.3


class Carts(NamedTuple):
    """A partition of the orders; carts may be empty.

    Parameters
    ----------
    members
        (carts, slots) orders on each cart.
    counts
        (carts,) how many of them.
    load
        (carts,)
    lengths
        (carts,) metres of the tours.
    keys
        (carts,) names of the carts, see ``Seen``.
    cart
        (orders,) where each order is.
    """

    members: np.ndarray
    counts: np.ndarray
    load: np.ndarray
    lengths: np.ndarray
    keys: np.ndarray
    cart: np.ndarray


@numba.njit(cache=True, nogil=True)
def length_of(key: int, members: np.ndarray, count: int, t: Floor, seen: Seen) -> float:
    """Metres of a cart's tour, computed once for each set of orders."""
    if count == 0:
        return 0.0
    place = place_of(key, seen.keys)
    if seen.keys[place] == key:
        return seen.lengths[place]
    length = tour_length(members, count, t)
    remember(seen, place, key, length)
    return length


@numba.njit(cache=True, nogil=True)
def place_alone(orders: int, slots: int, t: Floor, seen: Seen) -> Carts:
    """Every order on a cart of its own."""
    carts = Carts(
        np.zeros((orders, slots), np.int64), np.ones(orders, np.int64), t.loads.copy(), np.zeros(orders),
        seen.names.copy(), np.arange(orders),
    )  # fmt: skip
    for order in range(orders):
        carts.members[order, 0] = order
        carts.lengths[order] = length_of(carts.keys[order], carts.members[order], 1, t, seen)
    return carts


@numba.njit(cache=True, nogil=True)
def merge_by_savings(c: Carts, capacity: float, slots: int, t: Floor, seen: Seen) -> None:
    """Join the two carts that save most, until none save any (Clarke & Wright 1964, recomputed after each merge)."""
    carts = len(c.counts)
    saved = np.full((carts, carts), -1.0)
    for one in range(carts):
        for other in range(one + 1, carts):
            saved[one, other] = _saving(c, one, other, capacity, slots, t, seen)
    while True:
        best, one, other = 1e-9, -1, -1
        for i in range(carts):
            for j in range(i + 1, carts):
                if saved[i, j] > best:
                    best, one, other = saved[i, j], i, j
        if one < 0:
            return
        c.lengths[one] += c.lengths[other] - best
        c.load[one] += c.load[other]
        for i in range(c.counts[other]):
            _put(c, c.members[other, i], one, seen)
        c.counts[other], c.load[other], c.lengths[other], c.keys[other] = 0, 0.0, 0.0, 0
        for i in range(carts):
            saved[min(i, other), max(i, other)] = -1.0
            if i != one and c.counts[i]:
                saved[min(i, one), max(i, one)] = _saving(c, min(i, one), max(i, one), capacity, slots, t, seen)


@numba.njit(cache=True, nogil=True)
def _saving(c: Carts, one: int, other: int, capacity: float, slots: int, t: Floor, seen: Seen) -> float:
    """Metres saved by joining two carts; -1 where they do not fit on one."""
    count = c.counts[one] + c.counts[other]
    if not c.counts[one] or not c.counts[other] or count > slots or c.load[one] + c.load[other] > capacity + 1e-9:
        return -1.0
    both = np.empty(count, np.int64)
    for i in range(count):
        mine = i < c.counts[one]
        both[i] = c.members[one, i] if mine else c.members[other, i - c.counts[one]]
    joined = length_of(c.keys[one] ^ c.keys[other], both, count, t, seen)
    return c.lengths[one] + c.lengths[other] - joined


@numba.njit(cache=True, nogil=True)
def _put(c: Carts, order: int, cart: int, seen: Seen) -> None:
    c.members[cart, c.counts[cart]] = order
    c.cart[order] = cart
    c.counts[cart] += 1
    c.keys[cart] ^= seen.names[order]


@numba.njit(cache=True, nogil=True)
def anneal(
    c: Carts, best_cart: np.ndarray, best: float, moves: int, heat: float, seed: int,
    capacity: float, slots: int, over: float, t: Floor, seen: Seen,
) -> float:  # fmt: skip
    """Shift an order to another cart, swap two, or two for one, `moves` times at one temperature.

    Carts may be overloaded on the way, at `over` metres for each unit of load: where carts are full, few moves
    from one feasible partition to the next keep every cart within its capacity.

    Returns
    -------
    float
        Metres of the best partition met, which is written into `best_cart` (orders,) where it is below `best`.
    """
    np.random.seed(seed)
    orders, carts = len(c.cart), len(c.counts)
    # A constant of its own type: numba would compile what takes a literal once more.
    nobody = np.int64(-1)
    now, excess = c.lengths.sum(), 0.0
    for cart in range(carts):
        excess += _above(c.load[cart], capacity)
    mine, theirs = np.empty(slots + 1, np.int64), np.empty(slots + 1, np.int64)
    for _ in range(moves):
        order, second, partner = np.random.randint(orders), -1, -1
        source = c.cart[order]
        load, flip = t.loads[order], seen.names[order]
        kind = np.random.random()
        if kind < SHIFTS:
            target, back = np.random.randint(carts), 0.0
        else:
            partner = np.random.randint(orders)
            target, back = c.cart[partner], t.loads[partner]
            flip ^= seen.names[partner]
            if kind > 1.0 - PAIRS and c.counts[source] > 1:
                second = c.members[source, np.random.randint(c.counts[source])]
                if second == order:
                    continue
                load += t.loads[second]
                flip ^= seen.names[second]
        if target == source:
            continue
        if c.counts[target] + 1 + (second >= 0) - (partner >= 0) > slots:
            continue
        over_now = _above(c.load[source], capacity) + _above(c.load[target], capacity)
        over_then = _above(c.load[source] - load + back, capacity) + _above(c.load[target] + load - back, capacity)
        dearer = over * (over_then - over_now)
        limit = c.lengths[source] + c.lengths[target] - dearer - heat * np.log(np.random.random())
        if limit <= 0.0:
            continue
        n_source = _without(c, source, order, second, partner, nobody, mine)
        metres_source = length_of(c.keys[source] ^ flip, mine, n_source, t, seen)
        if metres_source > limit:
            continue
        n_target = _without(c, target, partner, nobody, order, second, theirs)
        metres_target = length_of(c.keys[target] ^ flip, theirs, n_target, t, seen)
        if metres_source + metres_target > limit:
            continue
        now += metres_source + metres_target - c.lengths[source] - c.lengths[target]
        excess += over_then - over_now
        _take(c, source, mine, n_source, metres_source, c.keys[source] ^ flip, back - load)
        _take(c, target, theirs, n_target, metres_target, c.keys[target] ^ flip, load - back)
        if now < best - 1e-9 and excess < 1e-9:
            best = now
            for one in range(orders):
                best_cart[one] = c.cart[one]
    return best


@numba.njit(cache=True, nogil=True)
def _above(load: float, capacity: float) -> float:
    return max(load - capacity - 1e-9, 0.0)


@numba.njit(cache=True, nogil=True)
def _without(c: Carts, cart: int, gone: int, too: int, come: int, more: int, members: np.ndarray) -> int:
    """A cart's orders without two and with two others (-1: none); how many they are."""
    count = 0
    for i in range(c.counts[cart]):
        if c.members[cart, i] != gone and c.members[cart, i] != too:
            members[count] = c.members[cart, i]
            count += 1
    for order in (come, more):
        if order >= 0:
            members[count] = order
            count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _take(c: Carts, cart: int, members: np.ndarray, count: int, metres: float, key: int, more: float) -> None:
    c.counts[cart], c.lengths[cart], c.keys[cart] = count, metres, key
    c.load[cart] += more
    for i in range(count):
        c.members[cart, i] = members[i]
        c.cart[members[i]] = cart
