"""The methods that forecast one series, by its class."""

from collections.abc import Callable

import numpy as np

from forecasting.demand_class import ERRATIC, SHORT, SMOOTH, ZERO

Level = Callable[[np.ndarray, str], np.ndarray]


def moving_average(y: np.ndarray, window: int) -> np.ndarray:
    """One-step forecasts by the mean of the last ``window`` values (of all, while there are fewer).

    Returns
    -------
    np.ndarray
        Shape (periods + 1,): entry t is the forecast made before period t; the last is the forecast of the
        future. The first is NaN.
    """
    sums = np.concatenate([[0.0], np.cumsum(y)])
    end = np.arange(1, y.size + 1)
    start = np.maximum(end - window, 0)
    return np.concatenate([[np.nan], (sums[end] - sums[start]) / (end - start)])


def portfolio(window: int) -> Level:
    """The function that forecasts one series.

    Smooth and erratic demand: the mean of optimised simple exponential smoothing and a moving average.
    Intermittent and lumpy demand: the mean of IMAPA (Petropoulos & Kourentzes 2015), TSB (Teunter, Syntetos
    & Babai 2011) and a moving average. Short series: their mean. Equal weights, since fitted ones lose out
    of sample (Smith & Wallis 2009).

    Past one-step forecasts of IMAPA cost four times its forecast; those of exponential smoothing, its first
    level, stand in.

    Parameters
    ----------
    window
        Periods in the moving average.

    Returns
    -------
    Level
        ``level(y, demand_class)``, where ``y`` has shape (periods,) and the result shape (periods + 1,):
        the one-step forecasts known before each period, then the forecast of the future.
    """
    # Four seconds to import, so only where a model is fitted.
    from statsforecast.models import IMAPA, TSB, SimpleExponentialSmoothingOptimized

    smoothing, imapa, tsb = SimpleExponentialSmoothingOptimized(), IMAPA(), TSB(alpha_d=0.2, alpha_p=0.1)

    def level(y: np.ndarray, name: str) -> np.ndarray:
        if name == ZERO:
            return np.zeros(y.size + 1)
        if name == SHORT:
            return moving_average(y, y.size)
        smoothed = smoothing.forecast(y, h=1, fitted=True)
        average = moving_average(y, window)
        past, future = np.asarray(smoothed["fitted"], dtype=float), float(smoothed["mean"][0])
        if name in (SMOOTH, ERRATIC):
            return (np.append(past, future) + average) / 2
        sparse = tsb.forecast(y, h=1, fitted=True)
        return np.append(
            (past + sparse["fitted"] + average[:-1]) / 3,
            (float(imapa.forecast(y, h=1)["mean"][0]) + float(sparse["mean"][0]) + average[-1]) / 3,
        )

    return level
