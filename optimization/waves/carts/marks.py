"""Spots as bits: the spots of a stretch are numbered from its front, 64 to a word."""

from typing import NamedTuple

import numba
import numpy as np

ONE, SIX, SHIFT = np.uint64(1), np.uint64(6), np.uint64(58)
# Multiplied by a word with one bit, its top six bits tell which one (de Bruijn; Leiserson, Prokop & Randall 1998).
MAGIC = np.uint64(0x03F79D71B4CB0A89)
WHICH = np.zeros(64, np.int64)
WHICH[[(((1 << bit) * 0x03F79D71B4CB0A89) % (1 << 64)) >> 58 for bit in range(64)]] = np.arange(64)
NOTHING = np.uint64(0)


class Stretch(NamedTuple):
    """Metres of the ways in and out again and the ``least`` of them: 0 without spots; ``gap`` is inf for one spot."""

    from_front: float
    from_back: float
    gap: float
    least: float
    is_marked: bool


@numba.njit(cache=True, nogil=True)
def serve_stretch(words: np.ndarray, first: int, metres: np.ndarray, deep: float) -> Stretch:
    """What a stretch of `deep` metres costs from its front, from its back, or from both around the widest gap.

    Parameters
    ----------
    words
        (words,) bits of the spots to visit.
    first
        Number of the stretch's first spot, whose place from the front is ``metres[first]``.
    """
    nearest, before, widest = -1.0, 0.0, -1.0
    for word in range(len(words)):
        left = words[word]
        while left != NOTHING:
            lowest = left & (~left + ONE)
            left ^= lowest
            here = metres[first + 64 * word + WHICH[(lowest * MAGIC) >> SHIFT]]
            if nearest < 0.0:
                nearest = here
            else:
                widest = max(widest, here - before)
            before = here
    if nearest < 0.0:
        return Stretch(0.0, 0.0, 0.0, 0.0, False)
    from_front, from_back = 2.0 * before, 2.0 * (deep - nearest)
    gap = 2.0 * (deep - widest) if widest >= 0.0 else np.inf
    return Stretch(from_front, from_back, gap, min(from_front, from_back, gap), True)


def marks_of(first: np.ndarray, spots: np.ndarray, stretch_first: np.ndarray) -> np.ndarray:
    """(orders, stretches of all columns, words) bits of the spots of each order, given as in ``Floor``."""
    size = np.diff(stretch_first)
    words = max(1, -(-int(size.max(initial=0)) // 64))
    marks = np.zeros((len(first) - 1, len(size), words), np.uint64)
    order = np.repeat(np.arange(len(first) - 1), np.diff(first))
    stretch = np.searchsorted(stretch_first, spots, side="right") - 1
    place = spots - stretch_first[stretch]
    np.bitwise_or.at(marks, (order, stretch, place // 64), np.uint64(1) << (place % 64).astype(np.uint64))
    return marks
