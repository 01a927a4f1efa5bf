"""What carts are worth: reduced costs by the duals of the relaxation."""

from typing import NamedTuple

import numba
import numpy as np

LEAST = 1e-6


class Prices(NamedTuple):
    """Duals of the relaxation over carts, as metres.

    Parameters
    ----------
    order
        (orders,) of having the order on a cart, zero or more.
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
