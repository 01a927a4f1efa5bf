"""How the variance of demand grows with its mean."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

BUCKETS = 12  # of equal width in the log of the mean: wide ones would average a bent law
LEAST_IN_BUCKET = 5


@dataclass(frozen=True)
class Dispersion:
    """Demand of mean ``m`` has the variance ``m + c·m^p`` about it.

    Parameters
    ----------
    c, p
        Of that law; a negative-binomial draw of size ``m^(2-p) / c`` follows it.
    means, variances
        Of the items in buckets of like mean, five or more in each, the mean over its items: what the law is to be
        compared with.
    """

    c: float
    p: float
    means: tuple[float, ...]
    variances: tuple[float, ...]


def variances_about(counts: np.ndarray, means: np.ndarray, fitted: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean expected demand of each item and its variance about the expected.

    Parameters
    ----------
    counts, means
        Items × periods; NaN where a period is left out.
    fitted
        Numbers per item that the means were fitted with, such as 1 for its level alone: the degrees of freedom
        that the variance lost.

    Returns
    -------
    tuple of arrays
        Mean and unbiased variance per item, items with fewer than 10 periods left out.
    """
    observed = np.isfinite(counts) & np.isfinite(means)
    periods = observed.sum(axis=1)
    keep = periods >= max(10, fitted + 1)
    squares = np.where(observed, (np.nan_to_num(counts) - np.nan_to_num(means)) ** 2, 0.0).sum(axis=1)
    expected = np.where(observed, np.nan_to_num(means), 0.0).sum(axis=1)
    return expected[keep] / periods[keep], squares[keep] / (periods[keep] - fitted)


def fit_dispersion(means: np.ndarray, variances: np.ndarray, level_variance: float = 0.0) -> Dispersion:
    """Fit ``m + c·m^p`` to the variances of items, by gamma quasi-likelihood.

    An item's sample variance spreads in proportion to itself, as a gamma does, so that fast and slow items weigh
    alike; estimates are consistent whatever the true shape of demand (McCullagh & Nelder, chapter 10).

    Parameters
    ----------
    means, variances
        Per item, ``variances_about``.
    level_variance
        Squared coefficient of variation that a moving level explains elsewhere (``level_noise``); that part,
        ``level_variance·m²``, is then left out of the law. Default 0: all variance is in the law.

    Returns
    -------
    Dispersion

    Raises
    ------
    ValueError
        When fewer than 10 items have a positive variance.
    """
    keep = (means > 0) & (variances > 0)
    if keep.sum() < 10:
        raise ValueError(f"10 items with varying demand are needed to fit their dispersion, found {keep.sum()}")
    m, v = means[keep], variances[keep]

    def loss(params: np.ndarray) -> float:
        expected = m + np.exp(params[0] + params[1] * np.log(m)) + level_variance * m**2
        return float(np.mean(np.log(expected) + v / expected))

    found = minimize(loss, [-1.0, 1.5], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 2000})
    edges = np.geomspace(m.min(), m.max(), BUCKETS + 1)[1:-1]
    bucket = np.digitize(m, edges)
    buckets = [part for k in range(BUCKETS) if len(part := np.nonzero(bucket == k)[0]) >= LEAST_IN_BUCKET]
    return Dispersion(
        c=float(np.exp(found.x[0])),
        p=float(found.x[1]),
        means=tuple(float(m[part].mean()) for part in buckets),
        variances=tuple(float(v[part].mean()) for part in buckets),
    )
