"""What carts are worth: reduced costs by the duals of the relaxation, and carts near it found by small changes."""

from typing import NamedTuple

import numba
import numpy as np

from optimization.waves.carts.floor import Floor
from optimization.waves.carts.length import tour_length

LEAST = 1e-6


class Prices(NamedTuple):
    """Duals of the relaxation over carts, as metres.

    Parameters
    ----------
    order
        (orders,) of having the order on a cart.
    cart
        Of using one more cart.
    cut_first, cuts
        CSR: the cuts that order i is in are ``cuts[cut_first[i]:cut_first[i + 1]]``.
    cut
        (cuts,) of a cart with two of a cut's three orders, zero or less.
    """

    order: np.ndarray
    cart: float
    cut_first: np.ndarray
    cuts: np.ndarray
    cut: np.ndarray


class Near(NamedTuple):
    """Carts in a list that grows.

    Parameters
    ----------
    members
        (most, slots) orders.
    counts, lengths, reduced
        (most,) how many; metres; reduced cost.
    """

    members: np.ndarray
    counts: np.ndarray
    lengths: np.ndarray
    reduced: np.ndarray


def room_for(most: int, slots: int) -> Near:
    """An empty list."""
    return Near(np.zeros((most, slots), np.int64), np.zeros(most, np.int64), np.zeros(most), np.zeros(most))


@numba.njit(cache=True, nogil=True)
def _of_cuts(members: np.ndarray, count: int, p: Prices, met: np.ndarray) -> float:
    """Duals of the cuts of which a cart has two orders; `met` (cuts,) is zero before and after."""
    worth = 0.0
    for i in range(count):
        for place in range(p.cut_first[members[i]], p.cut_first[members[i] + 1]):
            met[p.cuts[place]] += 1
            if met[p.cuts[place]] == 2:
                worth += p.cut[p.cuts[place]]
    for i in range(count):
        for place in range(p.cut_first[members[i]], p.cut_first[members[i] + 1]):
            met[p.cuts[place]] = 0
    return worth


@numba.njit(cache=True, nogil=True)
def reduced_costs(members: np.ndarray, counts: np.ndarray, lengths: np.ndarray, p: Prices) -> np.ndarray:
    """(carts,) metres less what its orders are worth."""
    met = np.zeros(len(p.cut), np.int64)
    found = lengths - p.cart
    for cart in range(len(counts)):
        for i in range(counts[cart]):
            found[cart] -= p.order[members[cart, i]]
        found[cart] -= _of_cuts(members[cart], counts[cart], p, met)
    return found


@numba.njit(cache=True, nogil=True)
def descend(begin: Near, capacity: float, p: Prices, t: Floor, steps: int, found: Near) -> int:
    """From each cart to its cheapest neighbour by reduced cost and on; carts below zero on the way are found.

    A neighbour has one order less, one more, or another in its place.

    Returns
    -------
    int
        How many were written into `found`.
    """
    slots, held = begin.members.shape[1], 0
    trial, now = np.empty(slots + 1, np.int64), np.empty(slots + 1, np.int64)
    met = np.zeros(len(p.cut), np.int64)
    inside = np.zeros(len(p.order), np.bool_)
    for cart in range(len(begin.counts)):
        count = begin.counts[cart]
        for i in range(count):
            now[i] = begin.members[cart, i]
        cheapest, length = begin.reduced[cart], begin.lengths[cart]
        for _ in range(steps):
            load, worth = 0.0, p.cart
            inside[:] = False
            for i in range(count):
                load, worth = load + t.loads[now[i]], worth + p.order[now[i]]
                inside[now[i]] = True
            before, leaves, comes = cheapest, -1, -1
            for gone in range(-1, count):
                base, kept, free, rest = length, worth, capacity - load, 0
                for i in range(count):
                    if i != gone:
                        trial[rest] = now[i]
                        rest += 1
                if gone >= 0:
                    if rest == 0:
                        continue
                    base, kept = tour_length(trial, rest, t), worth - p.order[now[gone]]
                    free += t.loads[now[gone]]
                    reduced = base - kept - _of_cuts(trial, rest, p, met)
                    if reduced < cheapest - LEAST:
                        cheapest, leaves, comes, after = reduced, gone, -1, base
                if rest == slots:
                    continue
                for come in range(len(p.order)):
                    # Another order makes no tour shorter and no cut worth more.
                    if inside[come] or t.loads[come] > free + 1e-9 or base - kept - p.order[come] >= cheapest:
                        continue
                    trial[rest] = come
                    metres = tour_length(trial, rest + 1, t)
                    if metres - kept - p.order[come] >= cheapest:
                        continue
                    reduced = metres - kept - p.order[come] - _of_cuts(trial, rest + 1, p, met)
                    if reduced < cheapest - LEAST:
                        cheapest, leaves, comes, after = reduced, gone, come, metres
            if cheapest >= before:
                break
            length = after
            if leaves >= 0:
                count -= 1
                for i in range(leaves, count):
                    now[i] = now[i + 1]
            if comes >= 0:
                now[count] = comes
                count += 1
            if cheapest < -LEAST and held < len(found.counts):
                for i in range(count):
                    found.members[held, i] = now[i]
                found.counts[held], found.lengths[held], found.reduced[held] = count, length, cheapest
                held += 1
    return held


@numba.njit(cache=True, nogil=True)
def explore(
    near: Near, held: int, names: np.ndarray, table: np.ndarray, most: float, capacity: float, p: Prices, t: Floor
) -> int:
    """Every cart that small changes lead to from those held over carts of a reduced cost of at most `most`.

    Parameters
    ----------
    near
        Carts, of which the first `held` are filled; the others are filled until there are none.
    names, table
        (orders,) random numbers; (size,) zeros, size a power of two above twice the carts.

    Returns
    -------
    int
        How many it holds then.
    """
    slots, mask = near.members.shape[1], len(table) - 1
    trial, met = np.empty(slots + 1, np.int64), np.zeros(len(p.cut), np.int64)
    inside = np.zeros(len(p.order), np.bool_)
    for cart in range(held):
        key = 0
        for i in range(near.counts[cart]):
            key ^= names[near.members[cart, i]]
        _is_new(key, table, mask)
    cart = 0
    while cart < held:
        now, count, load, worth, whole = near.members[cart], near.counts[cart], 0.0, p.cart, 0
        inside[:] = False
        for i in range(count):
            load, worth, whole = load + t.loads[now[i]], worth + p.order[now[i]], whole ^ names[now[i]]
            inside[now[i]] = True
        for gone in range(-1, count):
            base, kept, free, rest, key = near.lengths[cart], worth, capacity - load, 0, whole
            for i in range(count):
                if i != gone:
                    trial[rest] = now[i]
                    rest += 1
            if gone >= 0:
                if rest == 0:
                    continue
                base, kept = tour_length(trial, rest, t), worth - p.order[now[gone]]
                free, key = free + t.loads[now[gone]], whole ^ names[now[gone]]
            for come in range(-1 if gone >= 0 else 0, len(p.order)):
                metres, less, size, name = base, kept, rest, key
                if come >= 0:
                    if rest == slots or inside[come] or t.loads[come] > free + 1e-9:
                        continue
                    less, size, name = kept + p.order[come], rest + 1, key ^ names[come]
                    trial[rest] = come
                # Another order makes no tour shorter and no cut worth more.
                if metres - less > most or _is_known(name, table, mask):
                    continue
                if come >= 0:
                    metres = tour_length(trial, size, t)
                    if metres - less > most:
                        continue
                reduced = metres - less - _of_cuts(trial, size, p, met)
                if reduced > most:
                    continue
                if held == len(near.counts):
                    return held
                _is_new(name, table, mask)
                for i in range(size):
                    near.members[held, i] = trial[i]
                near.counts[held], near.lengths[held], near.reduced[held] = size, metres, reduced
                held += 1
        cart += 1
    return held


@numba.njit(cache=True, nogil=True)
def _is_known(key: int, table: np.ndarray, mask: int) -> bool:
    place = (key ^ (key >> 29)) & mask
    while table[place] != 0 and table[place] != key:
        place = (place + 1) & mask
    return table[place] == key


@numba.njit(cache=True, nogil=True)
def _is_new(key: int, table: np.ndarray, mask: int) -> bool:
    """Write a name into the table; whether it was not there."""
    place = (key ^ (key >> 29)) & mask
    while table[place] != 0 and table[place] != key:
        place = (place + 1) & mask
    fresh = table[place] == 0
    table[place] = key
    return fresh
