"""Fit the gradient-boosting model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.boosted.panel import Panel
from forecasting.boosted.training_rows import training_rows
from forecasting.boosted.trees import MEAN, MEDIAN, dataset, grow, quantile
from forecasting.boosted.windows import Window
from forecasting.params import Params

if TYPE_CHECKING:
    from lightgbm import Booster

# Levels that have trees of their own; others are interpolated.
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)


@dataclass(frozen=True)
class BoostedModel:
    """Trees for all series.

    Parameters
    ----------
    panel
        The history they are asked on.
    mean, median
        Trees for the mean (tweedie) and for the median of demand per period.
    quantiles
        Trees for each of ``LEVELS``.
    names
        Names of the features.
    """

    panel: Panel
    mean: Booster
    median: Booster
    quantiles: tuple[Booster, ...]
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


def fit_boosted(panel: Panel, params: Params) -> BoostedModel | None:
    """Trees for the panel, or None where it has fewer rows to learn from than ``params.least_rows``."""
    rows = training_rows(panel, learned_windows(params), learned_origins(panel, params), params.learned_rows)
    if rows.target.size < params.least_rows or not np.any(rows.target > 0):
        return None
    binned = dataset(rows.features, rows.target, rows.level, rows.names)
    mean, median, *quantiles = (
        grow(binned, objective, params.trees, params.threads) for objective in (MEAN, MEDIAN, *map(quantile, LEVELS))
    )
    return BoostedModel(panel, mean, median, tuple(quantiles), rows.names)
