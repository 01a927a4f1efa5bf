"""Common rises and falls: of all items in a week, and of a category over a year."""

import numpy as np

YEAR_WEEKS = 52.18


def common_factor(totals: np.ndarray) -> np.ndarray:
    """Each period's total over the mean total."""
    return totals / totals.mean()


def harmonics(periods: int) -> np.ndarray:
    """A constant, and sine and cosine of the year and of the half year, one row per week."""
    angle = 2 * np.pi * np.arange(periods) / YEAR_WEEKS
    return np.column_stack([np.ones(periods), np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)])


def season(totals: np.ndarray) -> np.ndarray:
    """Smooth seasonal factors of weekly totals, mean 1: two harmonics fitted to their logs by least squares."""
    columns = harmonics(len(totals))
    weights = np.sqrt(totals)[:, None]
    logs = np.log(np.maximum(totals, 0.5))
    found, *_ = np.linalg.lstsq(columns * weights, logs * weights[:, 0], rcond=None)
    factors = np.exp(columns @ found)
    return factors / factors.mean()


def amplitude(factors: np.ndarray) -> float:
    """Half the distance from trough to peak, in logs: .2 is a peak some 22 % above the middle."""
    return float((np.log(factors.max()) - np.log(factors.min())) / 2)


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, at: tuple[float, ...]) -> tuple[float, ...]:
    """The smallest value with each share of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    last = len(order) - 1
    return tuple(float(values[order][min(last, np.searchsorted(reached, share - 1e-12))]) for share in at)
