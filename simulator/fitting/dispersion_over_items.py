"""How items differ in the dispersion of their demand."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

GRID = np.linspace(-7.0, 3.0, 61)  # log k: from next to Poisson to demand that comes once in a while in heaps


def lognormal_dispersion(counts: np.ndarray, means: np.ndarray) -> tuple[float, float]:
    """Median and spread of ``k`` over items, where demand of mean ``m`` is negative binomial of variance ``m + k·m²``.

    Maximum likelihood of a lognormal ``k`` per item, integrated over a grid: an item with few sales says little of its
    own ``k`` and is weighed so, where the spread of single estimates would be that of their errors.

    Parameters
    ----------
    counts, means
        Items × periods; NaN where a period is left out.

    Returns
    -------
    tuple of float
        The median of ``k`` and the standard deviation of its natural logarithm.

    Raises
    ------
    ValueError
        When there are fewer than 20 items.
    """
    if len(counts) < 20:
        raise ValueError(f"20 items are needed to fit the spread of their dispersion, found {len(counts)}")
    observed = np.isfinite(counts) & np.isfinite(means) & (np.nan_to_num(means) > 0)
    y, m = np.where(observed, counts, 0.0), np.where(observed, means, 1.0)
    likelihood = np.column_stack([item_likelihood(y, m, observed, float(np.exp(-log_k))) for log_k in GRID])

    def loss(params: np.ndarray) -> float:
        prior = -0.5 * ((GRID - params[0]) / np.exp(params[1])) ** 2
        return -float(logsumexp(likelihood + prior - logsumexp(prior), axis=1).sum())

    found = minimize(loss, [-0.5, -0.7], method="Nelder-Mead", options={"xatol": 1e-5})
    return float(np.exp(found.x[0])), float(np.exp(found.x[1]))


def item_likelihood(counts: np.ndarray, means: np.ndarray, observed: np.ndarray, size: float) -> np.ndarray:
    """Log likelihood of each item's observed counts under negative binomials of this size, up to a constant."""
    each = gammaln(counts + size) - gammaln(size) + counts * np.log(means) - (counts + size) * np.log(means + size)
    return np.where(observed, each + size * np.log(size), 0.0).sum(axis=1)
