"""What the model learns from: windows that followed past origins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.boosted.panel import Panel
from forecasting.boosted.windows import Window, window_features
from forecasting.params import Params

# A series teaches from its fourth period on.
YOUNGEST = 3


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from.

    Parameters
    ----------
    features
        Shape (rows, features), float32.
    target
        Mean demand per period of the window, in units of the level; shape (rows,).
    level
        Shape (rows,).
    series, origin, window
        Where each row comes from: numbers; shape (rows,).
    names
        Names of the features.
    """

    features: np.ndarray
    target: np.ndarray
    level: np.ndarray
    series: np.ndarray
    origin: np.ndarray
    window: np.ndarray
    names: list[str]


def learned_windows(params: Params) -> list[Window]:
    """Every single period ahead, and the sums of the first 2, 3, 4 … periods."""
    horizon = params.sum_periods[-1]
    return [(step, step) for step in range(1, horizon + 1)] + [(1, length) for length in params.sum_periods[1:]]


def learned_origins(panel: Panel, params: Params) -> list[int]:
    """Past origins, oldest first."""
    stride = panel.seasons.stride
    earliest = max(panel.periods - 1 - params.learned_origins * stride, panel.seasons.short // 2)
    return list(range(panel.periods - 2, earliest - 1, -stride))[::-1]


def training_rows(panel: Panel, windows: list[Window], origins: list[int], most: int) -> TrainingRows:
    """Windows that lie wholly in the history and were observed throughout, at most about ``most`` of them.

    Too many are thinned evenly over origins and windows, by series in a fixed order that depends on what the
    series sold and not on their names.
    """
    possible = np.array([[origin + last < panel.periods for _, last in windows] for origin in origins])
    pairs = possible.sum() * panel.ids.size
    keep = min(1.0, most / max(pairs, 1))
    order = content_order(panel)
    random = np.random.default_rng(0)
    parts = []
    for origin, here in zip(origins, possible, strict=True):
        chosen = np.empty((len(windows), panel.ids.size), bool)
        chosen[:, order] = random.random(chosen.shape) < keep
        chosen &= here[:, None] & (panel.start <= origin - YOUNGEST)
        for number, (first, last) in enumerate(windows):
            if here[number]:
                chosen[number] &= panel.observed[:, origin + first : origin + last + 1].all(1)
        rows = order[chosen.any(0)[order]]
        if not rows.size:
            continue
        reach = [windows[number] for number in np.nonzero(here)[0]]
        features, level, names = window_features(panel, rows, origin, reach)
        for number, (first, last) in zip(np.nonzero(here)[0], reach, strict=True):
            taken = chosen[number, rows]
            target = panel.sales[rows[taken], origin + first : origin + last + 1].mean(1) / level[taken]
            kept = features[reach.index((first, last)), taken]
            parts.append((kept, target, level[taken], rows[taken], number, origin, names))
    return joined(parts)


def joined(parts: list[tuple]) -> TrainingRows:
    """One block of rows out of many."""
    if not parts:
        empty = np.zeros(0)
        return TrainingRows(np.zeros((0, 0), np.float32), empty, empty, empty, empty, empty, [])
    counts = [part[1].size for part in parts]
    features, target, level, series = (np.concatenate([part[k] for part in parts]) for k in range(4))
    window, origin = (np.repeat([part[k] for part in parts], counts) for k in (4, 5))
    return TrainingRows(features, target, level, series, origin, window, parts[0][6])


def content_order(panel: Panel) -> np.ndarray:
    """The series in an order by what they sold: the same whatever they are called."""
    weights = np.arange(1, panel.periods + 1)
    return np.lexsort(((panel.demand * weights).sum(1, dtype=float), panel.demand.sum(1, dtype=float)))
