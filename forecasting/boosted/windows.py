"""Features of windows of periods ahead."""

from __future__ import annotations

import numpy as np

from forecasting.boosted.origin_features import level_at, origin_features
from forecasting.boosted.panel import Panel
from forecasting.boosted.step_features import step_features

Window = tuple[int, int]  # first and last period ahead, both counted from 1


def window_features(
    panel: Panel, rows: np.ndarray, origin: int, windows: list[Window]
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Features of every series and window.

    A window of several periods has the mean of its periods' features: what is planned on average.

    Parameters
    ----------
    panel
        Its drivers must reach the last period of the windows.
    rows
        Numbers of the series.
    origin
        The last period known.
    windows
        First and last period ahead.

    Returns
    -------
    (np.ndarray, np.ndarray, list of str)
        Features, shape (windows, rows, features), float32; levels, shape (rows,); names of the features.
    """
    level = level_at(panel, rows, origin)
    known = origin_features(panel, rows, origin)
    steps = [step_features(panel, rows, origin, step, level) for step in range(1, max(last for _, last in windows) + 1)]
    names = [*known, *steps[0], "first_step", "last_step"]
    ahead = np.stack([np.column_stack(list(step.values())) for step in steps]).astype(np.float32)
    seen = np.isfinite(ahead)
    zero = np.zeros((1, *ahead.shape[1:]))
    sums = np.concatenate([zero, np.cumsum(np.where(seen, ahead, 0), axis=0, dtype=float)])
    counts = np.concatenate([zero, np.cumsum(seen, axis=0)])
    features = np.empty((len(windows), rows.size, len(names)), np.float32)
    features[:, :, : len(known)] = np.column_stack(list(known.values()))
    for number, (first, last) in enumerate(windows):
        total, count = sums[last] - sums[first - 1], counts[last] - counts[first - 1]
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        features[number, :, len(known) : -2] = mean
        features[number, :, -2:] = first, last
    return features, level.astype(np.float32), names
