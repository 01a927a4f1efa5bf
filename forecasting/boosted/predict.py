"""Ask the trees, chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.backend import LOCAL, Backend, cut
from forecasting.boosted.fit import BoostedModel, Trees
from forecasting.boosted.panel import Panel, with_planned
from forecasting.boosted.segments import segments
from forecasting.boosted.totals import plain_totals, total_factors
from forecasting.boosted.windows import Window, window_features

CHUNK = 4096  # series; memory grows with this, not with their number


def forecast_periods(
    model: BoostedModel,
    periods: int,
    planned: np.ndarray,
    threads: int,
    with_quantiles: bool = True,
    backend: Backend = LOCAL,
) -> tuple[np.ndarray, np.ndarray]:
    """Demand in each of the next periods, its total drawn to a plain one unless that was not chosen (``choice``).

    Parameters
    ----------
    model, planned, threads, with_quantiles, backend
        As for ``forecast_windows``.
    periods
        Periods ahead, at least 1.

    Returns
    -------
    (np.ndarray, np.ndarray)
        As of ``forecast_windows``, one window for each period.
    """
    windows = [(step, step) for step in range(1, periods + 1)]
    point, quantiles = forecast_windows(model, windows, planned, threads, with_quantiles, backend)
    return _drawn(model, windows, planned, point, quantiles)


def forecast_sums(
    model: BoostedModel, lengths: Sequence[int], planned: np.ndarray, threads: int
) -> tuple[np.ndarray, np.ndarray]:
    """Demand over the next one, two … periods, its total drawn as that of single periods is.

    Parameters
    ----------
    model, planned, threads
        As for ``forecast_windows``.
    lengths
        Periods in each sum, rising.

    Returns
    -------
    (np.ndarray, np.ndarray)
        As of ``forecast_windows``, one window for each length.
    """
    windows = [(1, length) for length in lengths]
    return _drawn(model, windows, planned, *forecast_windows(model, windows, planned, threads))


def _drawn(
    model: BoostedModel, windows: list[Window], planned: np.ndarray, point: np.ndarray, quantiles: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Both with the total of each window drawn to a plain one, unless that was not chosen."""
    if not model.trees.choice.corrected:
        return point, quantiles
    panel = with_planned(model.panel, planned)
    plain = plain_totals(panel, np.arange(panel.ids.size), windows[-1][1])
    factors = total_factors(np.array([plain[first - 1 : last].sum() for first, last in windows]), point)
    # What is uncertain of a series is in proportion to what is expected of it.
    return point * factors, quantiles * factors[:, None]


def forecast_windows(
    model: BoostedModel,
    windows: list[Window],
    planned: np.ndarray,
    threads: int,
    with_quantiles: bool = True,
    backend: Backend = LOCAL,
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
    backend
        Where chunks of series are computed.

    Returns
    -------
    (np.ndarray, np.ndarray)
        Point forecast, shape (series, windows), and quantiles at ``LEVELS``, shape (series, windows, levels):
        demand of the whole window in base units, never negative, rising with the level.
    """
    panel, shares = with_planned(model.panel, planned), mean_shares(model)
    chunks = cut(panel.ids.size, max(-(-panel.ids.size // CHUNK), backend.partitions))
    parts = backend.map(forecast_chunk, chunks, model.trees, panel, shares, windows, threads, with_quantiles)
    points, quantiles = zip(*parts, strict=True)
    return np.concatenate(points), np.concatenate(quantiles)


def mean_shares(model: BoostedModel) -> np.ndarray:
    """Share of the mean in each series' point forecast, the rest being the median's; shape (series,)."""
    return np.array(model.trees.choice.mean_shares)[segments(model.panel)]


def forecast_chunk(
    chunk: range,
    trees: Trees,
    panel: Panel,
    mean_share: np.ndarray,
    windows: list[Window],
    threads: int,
    with_quantiles: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The same for some of the series."""
    rows = np.arange(chunk.start, chunk.stop)
    features, level, _ = window_features(panel, rows, panel.periods - 1, windows)
    flat = features.reshape(-1, features.shape[2])
    unit = np.outer(level, [last - first + 1 for first, last in windows])

    def ask(booster) -> np.ndarray:
        return np.maximum(booster.predict(flat, num_threads=threads), 0).reshape(len(windows), -1).T * unit

    share = mean_share[rows, None]
    point = share * ask(trees.mean) + (1 - share) * ask(trees.median)
    if not with_quantiles:
        return point, np.empty((*point.shape, 0))
    return point, np.sort(np.stack([ask(booster) for booster in trees.quantiles], axis=2), axis=2)
