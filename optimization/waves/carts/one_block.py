"""Length of the exact tour of a cart in one block: the sweep of Ratliff & Rosenthal with its five cases written out."""

import numba
import numpy as np

from optimization.waves.carts.floor import Floor
from optimization.waves.carts.marks import serve_stretch


@numba.njit(cache=True, nogil=True)
def one_block_length(union: np.ndarray, low: int, high: int, t: Floor) -> float:
    """Metres of the shortest tour through the marked spots, which lie in columns `low` to `high` with the dock.

    After each column the part of the tour so far ends at the corners of the column in one of five ways (Ratliff &
    Rosenthal 1983): an odd number of edges at both; an even number, at the front or at the back alone; an even
    number at both, hanging together or in two parts. Each is the least of what leads to it.

    Parameters
    ----------
    union
        (columns, words) bits of the spots to visit.
    low, high
        First and last column that a tour has to see.
    """
    odd = front = back = apart = even = np.inf
    deep = t.lengths[0]
    for column in range(low, high + 1):
        if column > low:
            over = 2.0 * t.across[column - 1]
            front, back = min(front, even) + over, min(back, even) + over
            odd, apart, even = odd + over, apart + 2.0 * over, even + 2.0 * over
        if column == t.dock:
            # Nobody walks here, but the corner of the dock is part of the tour.
            if column == low:
                front, back = (0.0, np.inf) if t.dock_corner == 0 else (np.inf, 0.0)
            elif t.dock_corner == 0:
                apart, back = min(apart, back), np.inf
            else:
                apart, front = min(apart, front), np.inf
            continue
        one = serve_stretch(union[column], t.stretch_first[column], t.metres, deep)
        if column == low:
            odd, even, front, back, apart = deep, 2.0 * deep, one.from_front, one.from_back, one.gap
            continue
        both = min(front, back, apart)
        odd_now = min(odd + one.least, deep + min(both, even))
        even = min(odd + deep, even + one.least, 2.0 * deep + both)
        apart = min(
            front + min(one.from_back, one.gap), back + min(one.from_front, one.gap), apart + one.least
        )  # fmt: skip
        odd, front, back = odd_now, front + one.from_front, back + one.from_back
    return min(front, back, even)
