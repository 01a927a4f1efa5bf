"""Ask the trees, chunk by chunk."""

from __future__ import annotations

import numpy as np

from forecasting.boosted.fit import BoostedModel
from forecasting.boosted.panel import Panel, with_planned
from forecasting.boosted.segments import segments
from forecasting.boosted.totals import total_factors
from forecasting.boosted.windows import Window, window_features

CHUNK = 4096  # series; memory grows with this, not with their number


def forecast_periods(
    model: BoostedModel, periods: int, planned: np.ndarray, threads: int, with_quantiles: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Demand in each of the next periods, its total corrected where that was chosen (``choice``).

    Parameters
    ----------
    model, planned, threads, with_quantiles
        As for ``forecast_windows``.
    periods
        Periods ahead, at least 1.

    Returns
    -------
    (np.ndarray, np.ndarray)
        As of ``forecast_windows``, one window for each period. Quantiles are as they were learned.
    """
    windows = [(step, step) for step in range(1, periods + 1)]
    point, quantiles = forecast_windows(model, windows, planned, threads, with_quantiles)
    if model.trees.choice.corrected:
        point *= total_factors(model.panel.demand.sum(0, dtype=float), model.panel.seasons, point)
    return point, quantiles


def forecast_windows(
    model: BoostedModel,
    windows: list[Window],
    planned: np.ndarray,
    threads: int,
    with_quantiles: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Demand in windows ahead of the panel's last period.

    Parameters
    ----------
    model
        Fitted trees.
    windows
        First and last period ahead.
    planned
        Drivers of the periods ahead; shape (series, drivers, periods ahead), NaN where not known.
    threads
        Threads to use.
    with_quantiles
        False saves their time where only the point forecast is read; they then have no level.

    Returns
    -------
    (np.ndarray, np.ndarray)
        Point forecast, shape (series, windows), and quantiles at ``LEVELS``, shape (series, windows, levels):
        demand of the whole window in base units, never negative, rising with the level.
    """
    panel, shares = with_planned(model.panel, planned), mean_shares(model)
    points, quantiles = [], []
    for begin in range(0, panel.ids.size, CHUNK):
        rows = np.arange(begin, min(begin + CHUNK, panel.ids.size))
        point, quantile = forecast_chunk(model, panel, rows, shares[rows], windows, threads, with_quantiles)
        points.append(point)
        quantiles.append(quantile)
    return np.concatenate(points), np.concatenate(quantiles)


def mean_shares(model: BoostedModel) -> np.ndarray:
    """Share of the mean in each series' point forecast, the rest being the median's; shape (series,)."""
    return np.array(model.trees.choice.mean_shares)[segments(model.panel)]


def forecast_chunk(
    model: BoostedModel,
    panel: Panel,
    rows: np.ndarray,
    mean_share: np.ndarray,
    windows: list[Window],
    threads: int,
    with_quantiles: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The same for some of the series."""
    features, level, _ = window_features(panel, rows, panel.periods - 1, windows)
    flat = features.reshape(-1, features.shape[2])
    unit = np.outer(level, [last - first + 1 for first, last in windows])

    def ask(booster) -> np.ndarray:
        return np.maximum(booster.predict(flat, num_threads=threads), 0).reshape(len(windows), -1).T * unit

    share = mean_share[:, None]
    point = share * ask(model.trees.mean) + (1 - share) * ask(model.trees.median)
    if not with_quantiles:
        return point, np.empty((*point.shape, 0))
    return point, np.sort(np.stack([ask(booster) for booster in model.trees.quantiles], axis=2), axis=2)
