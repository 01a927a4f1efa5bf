"""Quantiles of the forecast error of summed demand, pooled over like series."""

from statistics import NormalDist

import numpy as np

from forecasting.params import Params

PROBABILITIES = np.concatenate([[0.001, 0.0025], np.arange(0.005, 0.9951, 0.005), [0.9975, 0.999]])
NORMAL = np.array([NormalDist().inv_cdf(float(p)) for p in PROBABILITIES])


def level_uncertainty(periods: float | np.ndarray, window: int) -> float | np.ndarray:
    """How much wider than √periods the error of a sum is, since the error of the level persists through it.

    A level that is the mean of ``window`` periods adds periods²/window to the variance of a sum of
    ``periods`` periods.
    """
    return np.sqrt(1 + periods / window)


def summed_errors(y: np.ndarray, observed: np.ndarray, level: np.ndarray, params: Params) -> np.ndarray:
    """Errors of one series' past forecasts of summed demand.

    Parameters
    ----------
    y, observed
        Demand and whether it was observed; shape (periods,).
    level
        Forecast per period known before each period; shape (periods,) or longer.

    Returns
    -------
    np.ndarray
        Shape (len(params.sum_periods), params.error_origins), float32: actual − forecast over √periods, NaN
        where the sum would reach beyond the history, touch an unobserved period or start before the fourth
        period.
    """
    result = np.full((len(params.sum_periods), params.error_origins), np.nan, dtype=np.float32)
    demand = np.concatenate([[0.0], np.cumsum(y)])
    missing = np.concatenate([[0], np.cumsum(~observed)])
    for row, periods in enumerate(params.sum_periods):
        first = max(4, y.size - periods - params.error_origins + 1)
        start = np.arange(first, y.size - periods + 1)
        if not start.size:
            break
        error = demand[start + periods] - demand[start] - periods * level[start]
        error[missing[start + periods] > missing[start]] = np.nan
        result[row, : start.size] = error / np.sqrt(periods)
    return result


def pooled_quantiles(errors: np.ndarray, params: Params) -> np.ndarray:
    """Quantiles of a pool's scaled errors, drawn towards the normal distribution where errors are few.

    Overlapping sums are dependent, so errors over k periods count as 1/k each. Both parts rise with the
    probability, so their average does: quantiles never cross.

    Parameters
    ----------
    errors
        Shape (series, lengths, origins), in units of each series' one-step error.

    Returns
    -------
    np.ndarray
        Shape (lengths, grid of probabilities).
    """
    result = np.empty((len(params.sum_periods), PROBABILITIES.size))
    for row, periods in enumerate(params.sum_periods):
        known = errors[:, row, :].ravel()
        known = known[np.isfinite(known)]
        normal = NORMAL * level_uncertainty(periods, params.window)
        weight = known.size / periods / (known.size / periods + params.prior_errors)
        measured = np.quantile(known.astype(float), PROBABILITIES) if known.size else normal
        result[row] = weight * measured + (1 - weight) * normal
    return result
