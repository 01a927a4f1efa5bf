"""Number equal rows: the kernel that gathers parcels into classes."""

import numba
import numpy as np

MIX = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(cache=True, nogil=True)
def number_equal_rows(place: np.ndarray, cents: np.ndarray, grams: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Class of each row and the first row of each class.

    Two rows are equal when their place, their costs less the least of them, and their grams are. Rows are
    compared whole, the hash only says with which.

    Parameters
    ----------
    place
        ``int32[n]``.
    cents
        ``int32[n, s]``, below zero where a service may not carry the parcel.
    grams
        ``int32[n, g]``, the weights that some cap counts.

    Returns
    -------
    (int32[n], int32[classes])
    """
    n, services = cents.shape
    size = 1
    while size < 2 * n + 1:
        size *= 2
    mask = np.uint64(size - 1)
    slots = np.full(size, -1, np.int32)
    group = np.empty(n, np.int32)
    first = np.empty(n, np.int32)
    least = np.empty(n, np.int32)
    found = 0
    for p in range(n):
        low = np.int32(2147483647)
        for s in range(services):
            if 0 <= cents[p, s] < low:
                low = cents[p, s]
        least[p] = low
        key = np.uint64(place[p] + 1) * MIX
        for s in range(services):
            value = cents[p, s] - low if cents[p, s] >= 0 else np.int32(-1)
            key = (key ^ np.uint64(np.int64(value) + 2)) * MIX
            key ^= key >> np.uint64(29)
        for s in range(grams.shape[1]):
            key = (key ^ np.uint64(np.int64(grams[p, s]) + 2)) * MIX
            key ^= key >> np.uint64(29)
        slot = np.int64((key ^ (key >> np.uint64(32))) & mask)
        while True:
            known = slots[slot]
            if known < 0:
                slots[slot] = found
                first[found] = p
                group[p] = found
                found += 1
                break
            q = first[known]
            same = place[p] == place[q]
            for s in range(services):
                here = cents[p, s] - low if cents[p, s] >= 0 else -1
                there = cents[q, s] - least[q] if cents[q, s] >= 0 else -1
                same = same and here == there
            for s in range(grams.shape[1]):
                same = same and grams[p, s] == grams[q, s]
            if same:
                group[p] = known
                break
            slot = (slot + 1) & np.int64(mask)
    return group, first[:found].copy()
