"""Lines of an order and units of a line: counts from one upwards."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import gammaln, zeta

FIRST = 5


def shares(counts: np.ndarray) -> tuple[float, ...]:
    """Shares of counts of 1, 2, 3, 4 and of 5 or more."""
    return (*(float(np.mean(counts == k)) for k in range(1, FIRST)), float(np.mean(counts >= FIRST)))


@dataclass(frozen=True)
class TruncatedNegativeBinomial:
    """A negative binomial without its zero.

    Parameters
    ----------
    mean
        Of the untruncated count; larger or smaller orders keep ``size`` and change it.
    size
        Its shape: 1 is geometric, smaller has a longer tail.
    """

    mean: float
    size: float

    def log_probability(self, counts: np.ndarray) -> np.ndarray:
        """Logarithm of the probability of each count, 1 or more."""
        failing = self.size / (self.size + self.mean)
        whole = gammaln(counts + self.size) - gammaln(self.size) - gammaln(counts + 1.0)
        whole = whole + self.size * np.log(failing) + counts * np.log1p(-failing)
        return whole - np.log(-np.expm1(self.size * np.log(failing)))

    def with_mean(self, mean: float) -> "TruncatedNegativeBinomial":
        """The same shape with this mean of the truncated count, above 1."""

        def off(untruncated: float) -> float:
            failing = self.size / (self.size + untruncated)
            return untruncated / -np.expm1(self.size * np.log(failing)) - mean

        return TruncatedNegativeBinomial(float(brentq(off, 1e-9, 10 * mean)), self.size)

    def shares(self) -> tuple[float, ...]:
        """Probabilities of 1, 2, 3, 4 and of 5 or more."""
        first = np.exp(self.log_probability(np.arange(1.0, FIRST)))
        return (*(float(share) for share in first), float(1 - first.sum()))


def fit_truncated_negative_binomial(counts: np.ndarray) -> TruncatedNegativeBinomial:
    """Maximum likelihood over counts of 1 or more.

    Raises
    ------
    ValueError
        When there are fewer than 50 counts or one is below 1.
    """
    check(counts)
    seen, times = np.unique(counts, return_counts=True)

    def loss(params: np.ndarray) -> float:
        free = TruncatedNegativeBinomial(*(float(np.exp(np.clip(part, -12, 12))) for part in params))
        return float(-(times * free.log_probability(seen.astype(float))).sum() / times.sum())

    found = minimize(loss, [np.log(counts.mean()), 0.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-12})
    return TruncatedNegativeBinomial(*(float(np.exp(np.clip(part, -12, 12))) for part in found.x))


def fit_geometric(counts: np.ndarray) -> tuple[float, float]:
    """Probability that a line stops at each unit, by maximum likelihood, and the log likelihood per count."""
    check(counts)
    stop = float(1 / counts.mean())
    return stop, float(np.mean(np.log(stop) + (counts - 1) * np.log1p(-stop))) if stop < 1 else 0.0


def fit_zeta(counts: np.ndarray) -> tuple[float, float]:
    """Exponent of a zeta (Zipf) distribution, by maximum likelihood, and the log likelihood per count."""
    check(counts)
    mean_log = float(np.mean(np.log(counts)))
    found = minimize(lambda s: float(s[0] * mean_log + np.log(zeta(s[0]))), [2.5], bounds=[(1.01, 30.0)])
    return float(found.x[0]), -float(found.fun)


def check(counts: np.ndarray) -> None:
    """Raise ``ValueError`` unless there are 50 counts of 1 or more."""
    if len(counts) < 50:
        raise ValueError(f"50 orders or lines are needed to fit their sizes, found {len(counts)}")
    if counts.min() < 1:
        raise ValueError(f"orders and lines must count at least 1, found {counts.min()}")
