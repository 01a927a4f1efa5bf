"""How far deliveries are from the day they were promised for."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, log_ndtr


@dataclass(frozen=True)
class Tail:
    """Days late (or early) of those that are, as three laws, and which fits best.

    Parameters
    ----------
    mean_days
        Of the exponential.
    mu, sigma
        Of the log of the days, for the lognormal.
    shape, scale_days
        Of the Weibull.
    best
        ``exponential``, ``lognormal`` or ``weibull``: the least Akaike information criterion.
    """

    mean_days: float
    mu: float
    sigma: float
    shape: float
    scale_days: float
    best: str


def fit_tail(days: np.ndarray) -> Tail:
    """Fit three laws to whole days of 1 and more by maximum likelihood.

    A whole day d stands for the half-open interval from d - ½ to d + ½ of a continuous law cut off below ½: point
    densities would reward a law that peaks at one day.

    Raises
    ------
    ValueError
        When there are fewer than 20 days or one is below 1.
    """
    if len(days) < 20:
        raise ValueError(f"20 late (or early) deliveries are needed to fit their days, found {len(days)}")
    if days.min() < 1:
        raise ValueError(f"days late (or early) must be 1 or more, found {days.min()}")
    seen, times = np.unique(days, return_counts=True)

    def fitted(law: str, start: list[float]) -> tuple[np.ndarray, float]:
        def loss(free: np.ndarray) -> float:
            beyond = log_beyond(law, free, np.stack([seen - 0.5, seen + 0.5]))
            inside = beyond[0] + np.log(-np.expm1(np.minimum(beyond[1] - beyond[0], -1e-300)))
            value = float((times * (log_beyond(law, free, np.array(0.5)) - inside)).sum())
            return value if np.isfinite(value) else 1e12

        with np.errstate(all="ignore"):
            found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 4000})
        return found.x, 2 * float(found.fun) + 2 * len(start)

    logs, mean = np.log(days), float(np.log(days.mean()))
    exponential, by_exponential = fitted("exponential", [mean])
    lognormal, by_lognormal = fitted("lognormal", [float(logs.mean()), float(np.log(max(logs.std(), 0.1)))])
    weibull, by_weibull = fitted("weibull", [mean, 0.0])
    criteria = {"exponential": by_exponential, "lognormal": by_lognormal, "weibull": by_weibull}
    return Tail(
        mean_days=float(np.exp(exponential[0])),
        mu=float(lognormal[0]),
        sigma=float(np.exp(lognormal[1])),
        shape=float(np.exp(weibull[1])),
        scale_days=float(np.exp(weibull[0])),
        best=min(criteria, key=lambda law: criteria[law]),
    )


def log_beyond(law: str, free: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Log of the share beyond ``days`` by a law with the parameters log scale (log mean) and log shape (log sigma)."""
    if law == "lognormal":
        return log_ndtr((free[0] - np.log(days)) / np.exp(free[1]))
    shape = np.exp(free[1]) if law == "weibull" else 1.0
    return -((days / np.exp(free[0])) ** shape)


def tail_reached(tail: Tail, days: np.ndarray) -> np.ndarray:
    """Share of late deliveries that are at most ``days`` late by the best law, cut off below half a day."""
    free = {
        "exponential": np.log([tail.mean_days]),
        "lognormal": np.array([tail.mu, np.log(tail.sigma)]),
        "weibull": np.log([tail.scale_days, tail.shape]),
    }[tail.best]
    return -np.expm1(log_beyond(tail.best, free, days + 0.5) - log_beyond(tail.best, free, np.array(0.5)))


def growth_with_lead(lead_days: np.ndarray, late_days: np.ndarray) -> tuple[float, float]:
    """Exponent by which late days grow with the lead promised (least squares in logs), and its standard error."""
    x, y = np.log(lead_days), np.log(late_days)
    centred = x - x.mean()
    slope = float((centred * y).sum() / (centred**2).sum())
    residual = y - y.mean() - slope * centred
    return slope, float(np.sqrt((residual**2).sum() / (len(x) - 2) / (centred**2).sum()))


def spread_over_suppliers(late: np.ndarray, deliveries: np.ndarray) -> tuple[float, float]:
    """Beta parameters of suppliers' own chances of a late delivery, by beta-binomial maximum likelihood.

    Parameters
    ----------
    late, deliveries
        Per supplier, those late and all.

    Returns
    -------
    tuple of float
        ``alpha`` and ``beta``: their chance is ``alpha / (alpha + beta)`` on average, and the more alike
        suppliers are, the larger both.
    """
    if len(late) < 5:
        raise ValueError(f"5 suppliers are needed to tell how they differ, found {len(late)}")
    whole = gammaln(deliveries + 1.0) - gammaln(late + 1.0) - gammaln(deliveries - late + 1.0)

    def loss(params: np.ndarray) -> float:
        alpha, beta = np.exp(np.clip(params, -6.0, 8.0))
        return -float((whole + betaln(late + alpha, deliveries - late + beta) - betaln(alpha, beta)).sum())

    mean = min(max(float(late.sum() / deliveries.sum()), 0.01), 0.99)
    found = minimize(loss, np.log([2 * mean, 2 * (1 - mean)]), method="Nelder-Mead", options={"xatol": 1e-6})
    alpha, beta = np.exp(np.clip(found.x, -6.0, 8.0))
    return float(alpha), float(beta)


def spread_within_and_between(logs: np.ndarray, group: np.ndarray) -> tuple[float, float]:
    """Standard deviations of ``logs`` within groups and of the groups' own means (one-way analysis of variance).

    Parameters
    ----------
    logs
        Logs of lead times.
    group
        Number of each one's supplier, from 0 without gaps.
    """
    sizes = np.bincount(group)
    groups, total = len(sizes), len(logs)
    if groups < 2 or total <= groups:
        raise ValueError("two suppliers, one of them with two orders, are needed to tell lead times apart")
    means = np.bincount(group, logs) / sizes
    within = float(((logs - means[group]) ** 2).sum() / (total - groups))
    between = float((sizes * (means - logs.mean()) ** 2).sum() / (groups - 1))
    typical = (total - (sizes**2).sum() / total) / (groups - 1)
    return float(np.sqrt(within)), float(np.sqrt(max(0.0, (between - within) / typical)))
