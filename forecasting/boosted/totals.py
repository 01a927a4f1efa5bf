"""Bias control: the forecast of all series together, drawn halfway to a plain one of their total."""

from __future__ import annotations

import numpy as np

from forecasting.boosted.seasons import Seasons

# Halfway in logarithms: an equal share, never fitted (docs/benchmarks.md).
SHARE = 0.5
# No total is moved by more than this factor: a plain forecast knows no plan.
MOST = 2.0
# Trailing averages of the total that are averaged: the three shortest of the panel's.
AVERAGES = 3
WEEKDAY_WEEKS = 8


def plain_totals(total: np.ndarray, seasons: Seasons, periods: int) -> np.ndarray:
    """Demand of all series in each period ahead, by their recent total and the season.

    The mean of three forecasts, each from a trailing average: carried on, and, where that stretch lies in the history
    a year ago too, raised as the total then rose into the period's season. Days have their weekday's share.

    Parameters
    ----------
    total
        Demand of all series; shape (periods of history,).
    seasons
        The lengths to look back.
    periods
        Periods ahead.

    Returns
    -------
    np.ndarray
        Shape (periods,).
    """
    forecasts = []
    for length in seasons.averages[:AVERAGES]:
        forecast = np.full(periods, total[-length:].mean())
        before = total[max(total.size - seasons.year - length, 0) : max(total.size - seasons.year, 0)]
        if before.size == length and before.sum() > 0:
            # Beyond a year ahead the season is that of the year before.
            targets = total.size - seasons.year + np.arange(periods) % seasons.year
            around = [total[max(t - seasons.around, 0) : t + seasons.around + 1].mean() for t in targets]
            forecast *= np.array(around) / before.mean()
        forecasts.append(forecast)
    return np.mean(forecasts, axis=0) * weekday_shares(total, seasons.week, periods)


def weekday_shares(total: np.ndarray, week: int | None, periods: int) -> np.ndarray:
    """What each period ahead sells against an average one, by its day of the week; ones where there are none."""
    recent = total[-WEEKDAY_WEEKS * week :] if week else total[:0]
    if not week or recent.size < WEEKDAY_WEEKS * week or not recent.sum() > 0:
        return np.ones(periods)
    shares = recent.reshape(WEEKDAY_WEEKS, week).mean(0) / recent.mean()
    return shares[np.arange(periods) % week]


def total_factors(total: np.ndarray, seasons: Seasons, point: np.ndarray) -> np.ndarray:
    """What the forecast of each period is multiplied by.

    Parameters
    ----------
    total, seasons
        As for ``plain_totals``.
    point
        Forecast by period from the first one ahead on; shape (series, periods).

    Returns
    -------
    np.ndarray
        Shape (periods,); 1 where nothing is or was sold.
    """
    plain, forecast = plain_totals(total, seasons, point.shape[1]), point.sum(0)
    factor = np.divide(plain, forecast, out=np.ones(forecast.size), where=(forecast > 0) & (plain > 0))
    return np.clip(factor**SHARE, 1 / MOST, MOST)
