"""How the mean rates of items spread: a Poisson-lognormal, so that slow items' luck is not taken for spread."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

NODES = 60


def poisson_lognormal(counts: np.ndarray, periods: int) -> tuple[float, float]:
    """Median and spread of lognormal rates behind the counts of items, by maximum likelihood.

    A count is Poisson around ``periods`` times its item's rate. An item that never sold is in no export, so the
    likelihood is truncated at zero (Aitchison & Ho 1989, with Gauss-Hermite quadrature over the rate).

    Parameters
    ----------
    counts
        Whole counts of each item over the whole time, all at least 1.
    periods
        Periods that the counts cover.

    Returns
    -------
    tuple of float
        ``mu`` and ``sigma`` of the natural logarithm of the rate per period, over items that exist,
        sold or not.

    Raises
    ------
    ValueError
        When there are fewer than 20 items, or an item without a sale.
    """
    if len(counts) < 20:
        raise ValueError(f"20 items are needed to fit the spread of their rates, found {len(counts)}")
    if counts.min() < 1:
        raise ValueError("every item must have a sale: the fit is truncated at zero")
    seen, times = np.unique(counts.astype(np.int64), return_counts=True)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    log_weights = np.log(weights) - np.log(weights.sum())
    log_factorial = gammaln(seen + 1.0)

    def loss(params: np.ndarray) -> float:
        mu, sigma = params[0], np.exp(params[1])
        # Nodes move to each count's own peak (adaptive quadrature): fixed ones miss the narrow peak of a large count.
        log_rate, spread = peak(seen, mu, sigma)
        at = log_rate[:, None] + spread[:, None] * nodes
        inside = seen[:, None] * at - np.exp(at) - log_factorial[:, None] - 0.5 * ((at - mu) / sigma) ** 2
        likelihood = logsumexp(inside + 0.5 * nodes**2 + log_weights, axis=1) + np.log(spread / sigma)
        never = np.exp(logsumexp(log_weights - np.exp(np.minimum(mu + sigma * nodes, 700.0))))
        return float(-(times * (likelihood - np.log1p(-min(never, 1 - 1e-12)))).sum() / times.sum())

    logs = np.log(counts)
    found = minimize(loss, [logs.mean(), np.log(max(logs.std(), 0.1))], method="Nelder-Mead", options={"xatol": 1e-5})
    return float(found.x[0] - np.log(periods)), float(np.exp(found.x[1]))


def peak(counts: np.ndarray, mu: float, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the log rate is likeliest given each count, and the width of that peak (Newton's method)."""
    at = np.where(counts > 0, np.log(np.maximum(counts, 1)), mu)
    for _ in range(30):
        slope = counts - np.exp(at) - (at - mu) / sigma**2
        at = at + np.clip(slope / (np.exp(at) + 1 / sigma**2), -1.0, 1.0)
    return at, 1 / np.sqrt(np.exp(at) + 1 / sigma**2)


def share_of_top_fifth(counts: np.ndarray) -> float:
    """Share of all units sold that the fifth of items with the largest counts makes."""
    ordered = np.sort(counts)[::-1]
    return float(ordered[: max(1, round(len(ordered) / 5))].sum() / ordered.sum())
