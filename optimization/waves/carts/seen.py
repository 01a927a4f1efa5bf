"""Every cart that the search has looked at, with the length of its tour."""

from typing import NamedTuple

import numba
import numpy as np


class Seen(NamedTuple):
    """A hash table with open addresses, keyed by the set of orders on a cart.

    Parameters
    ----------
    names
        (orders,) a random number per order; the exclusive or of its orders names a cart.
    keys
        (size,) names of carts, 0 where free; size is a power of two.
    lengths
        (size,) metres.
    held
        (1,) carts in the table.
    """

    names: np.ndarray
    keys: np.ndarray
    lengths: np.ndarray
    held: np.ndarray


def nothing_seen(orders: int, bits: int, draw: np.random.Generator) -> Seen:
    """An empty table of 2^bits places."""
    size = 1 << bits
    return Seen(
        draw.integers(1, np.iinfo(np.int64).max, orders, dtype=np.int64),
        np.zeros(size, np.int64),
        np.empty(size),
        np.zeros(1, np.int64),
    )


@numba.njit(cache=True, nogil=True)
def place_of(key: int, keys: np.ndarray) -> int:
    """Where a cart is in the table, or the free place where it would be."""
    mask = len(keys) - 1
    place = (key ^ (key >> 29)) & mask
    while keys[place] != 0 and keys[place] != key:
        place = (place + 1) & mask
    return place


@numba.njit(cache=True, nogil=True)
def remember(seen: Seen, place: int, key: int, length: float) -> None:
    """Put a cart where ``place_of`` said; a table three quarters full takes no more."""
    if 4 * seen.held[0] >= 3 * len(seen.keys):
        return
    seen.keys[place], seen.lengths[place] = key, length
    seen.held[0] += 1
