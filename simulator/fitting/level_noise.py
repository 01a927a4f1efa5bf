"""How the level of an item wanders from week to week."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

LAGS = 12


@dataclass(frozen=True)
class LevelNoise:
    """The log of an item's level is an autoregression of order one about its mean.

    Parameters
    ----------
    phi
        Its correlation from one week to the next.
    sigma
        Its standard deviation, in logs; a week's shock has ``sigma·√(1 - phi²)``.
    """

    phi: float
    sigma: float

    def covariance(self, lag: np.ndarray) -> np.ndarray:
        """Covariance of two weeks' levels in units of the squared mean: ``exp(sigma²·phi^lag) - 1``."""
        return np.exp(self.sigma**2 * self.phi**lag) - 1


def autocovariances(ratios: np.ndarray) -> np.ndarray:
    """Mean product of an item's deviations ``lag`` weeks apart, for lags 0 to 12, over all items and weeks.

    Parameters
    ----------
    ratios
        Items × weeks: demand over its expectation, NaN where not observed.
    """
    off = ratios - 1
    return np.array([np.nanmean(off[:, : off.shape[1] - lag] * off[:, lag:]) for lag in range(LAGS + 1)])


def fit_level_noise(ratios: np.ndarray) -> LevelNoise:
    """Fit level noise to autocovariances by least squares.

    The noise of single sales is independent from week to week, so only a moving level makes products of different
    weeks differ from zero: lags 1 to 12 tell ``phi`` and ``sigma``. Expected demand was fitted on the same weeks, so
    each product lacks the variance of that mean, which is put back as a function of the parameters.

    Parameters
    ----------
    ratios
        Items × weeks, demand over its expectation; NaN where not observed.

    Returns
    -------
    LevelNoise

    Raises
    ------
    ValueError
        When there are fewer than 20 items or 26 weeks.
    """
    items, weeks = ratios.shape
    if items < 20 or weeks < 26:
        raise ValueError(f"20 items and 26 weeks are needed to fit level noise, found {items} and {weeks}")
    found = autocovariances(ratios)
    lags = np.arange(weeks)
    pairs = np.where(lags == 0, weeks, 2 * (weeks - lags)) / weeks**2

    def expected(noise: LevelNoise) -> np.ndarray:
        covariance = noise.covariance(lags)
        of_mean = float(pairs @ covariance)
        single = max(0.0, (found[0] - covariance[0] + of_mean) / (1 - 1 / weeks))
        return covariance[1 : LAGS + 1] - of_mean - single / weeks

    def loss(params: np.ndarray) -> float:
        return float(((expected(from_free(params)) - found[1:]) ** 2).sum()) / max(found[0], 1e-9) ** 2

    starts = [minimize(loss, [free, -1.0], method="Nelder-Mead", options={"fatol": 1e-14}) for free in (0.0, 2.0)]
    return from_free(min(starts, key=lambda start: start.fun).x)


def from_free(params: np.ndarray) -> LevelNoise:
    """Parameters that an optimiser may move freely; ``phi`` stays below .99, beyond which a year cannot tell."""
    return LevelNoise(phi=float(0.99 / (1 + np.exp(-params[0]))), sigma=float(np.exp(np.clip(params[1], -6.0, 1.0))))
