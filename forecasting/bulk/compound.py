"""Compound Poisson: the sum of a random number of orders of random size."""

from __future__ import annotations

import numpy as np

# Sizes are counted in such parts of their mean; a sum beyond the grid would fold back on it, so the grid reaches far.
STEP = 1 / 8
FEWEST, MOST, TABLED = 1e-3, 200.0, 49
DEVIATIONS = 8


def some_orders(sizes: np.ndarray, expected: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles of the sum of all orders, given that there is one at least.

    The distribution is found by Fourier transform (Embrechts and Frei 2009: for sums of many orders it is as exact as
    Panjer's recursion and faster), on a table over the expected number; above the table's last the sum is normal.

    Parameters
    ----------
    sizes
        Evenly likely sizes of one order, mean one; shape (sizes,).
    expected
        Expected number of orders; shape (rows,), above zero.
    levels
        Levels asked for, rising, in (0, 1).

    Returns
    -------
    np.ndarray
        Shape (expected.size, levels.size), in units of the mean size, rising.
    """
    counts = np.geomspace(FEWEST, MOST, TABLED)
    table = _table(sizes, counts, levels)
    where = np.log(np.clip(expected, FEWEST, MOST))
    inside = np.stack([np.interp(where, np.log(counts), column) for column in table.T], axis=1)
    # Beyond the table mean and deviation go on by their laws: n and √n.
    more = np.maximum(expected / MOST, 1.0)[:, None]
    return np.where(more > 1, expected[:, None] + (inside - MOST) * np.sqrt(more), inside)


def _table(sizes: np.ndarray, counts: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles for each expected number; shape (counts, levels)."""
    reach = counts[-1] + DEVIATIONS * np.sqrt(counts[-1] * (sizes**2).mean()) + sizes.max()
    steps = 1 << int(np.ceil(np.log2(reach / STEP)))
    one = np.bincount(np.maximum(np.rint(sizes / STEP), 1).astype(int), minlength=steps)[:steps] / sizes.size
    found = np.empty((counts.size, levels.size))
    for row, count in enumerate(counts):
        density = np.fft.irfft(np.exp(count * (np.fft.rfft(one) - 1)), steps).clip(0)
        density[0] = 0.0
        cumulated = np.cumsum(density)
        middle = (cumulated - density / 2) / cumulated[-1]
        found[row] = np.interp(levels, middle, np.arange(steps) * STEP)
    return found
