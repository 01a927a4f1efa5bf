"""What a period costs, as a function of the inventory position that must last through the lead time."""

import numpy as np
from scipy import stats


def position_cost(levels: np.ndarray, pmf: np.ndarray, holding_cost: float, shortage_cost: float) -> np.ndarray:
    """Expected holding and shortage cost at the end of the lead time, for each inventory position.

    Snyder and Shen (2019), equation 4.36: ``h E[(y − D)⁺] + p E[(D − y)⁺]``.

    Parameters
    ----------
    levels
        Inventory positions (whole units, may be below zero), any shape.
    pmf
        Probabilities of a demand of 0, 1, 2, … units in the lead time, one row.
    holding_cost, shortage_cost
        Money per unit left over and per unit short.

    Returns
    -------
    ndarray of float
        Money, in the shape of ``levels``.
    """
    mean = pmf @ np.arange(pmf.size)
    # E[(y − D)⁺] rises by P(D ≤ y) with each unit: a running sum of the distribution, from 0 at y ≤ 0.
    left_over = np.concatenate([[0.0], np.cumsum(np.cumsum(pmf))])
    inside = np.clip(levels, 0, pmf.size)
    left = left_over[inside] + np.maximum(levels - pmf.size, 0)
    return holding_cost * left + shortage_cost * (left - levels + mean)


def sum_of_periods(pmf: np.ndarray, periods: int) -> np.ndarray:
    """Probabilities of the sum of independent periods, each with the same probabilities."""
    total = np.ones(1)
    for _ in range(periods):
        total = np.convolve(total, pmf)
    return total


def poisson_pmf(mean: float) -> np.ndarray:
    """Probabilities of a Poisson demand as far out as a double tells them from nothing."""
    upper = int(mean + 12 * np.sqrt(mean) + 30)
    pmf = stats.poisson.pmf(np.arange(upper), mean)
    return pmf / pmf.sum()
