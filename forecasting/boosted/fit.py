"""Fit the gradient-boosting model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.boosted.choice import Choice, choose
from forecasting.boosted.panel import Panel
from forecasting.boosted.training_rows import learned_origins, learned_windows, training_rows
from forecasting.boosted.trees import MEAN, MEDIAN, dataset, grow, quantile
from forecasting.boosted.windows import window_features
from forecasting.params import Params

if TYPE_CHECKING:
    from lightgbm import Booster

# Levels that have trees of their own; others are interpolated.
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)


@dataclass(frozen=True)
class Trees:
    """Trees for all series.

    Parameters
    ----------
    mean, median
        Trees for the mean (tweedie) and for the median of demand per period.
    quantiles
        Trees for each of ``LEVELS``.
    names
        Names of the features.
    choice
        How mean and median are put together.
    """

    mean: Booster
    median: Booster
    quantiles: tuple[Booster, ...]
    names: list[str]
    choice: Choice

    def to_text(self) -> str:
        """The trees as JSON; ``from_text`` makes ones of it that forecast the same."""
        texts = [booster.model_to_string() for booster in (self.mean, self.median, *self.quantiles)]
        return json.dumps({"names": self.names, "boosters": texts, "choice": asdict(self.choice)})

    @classmethod
    def from_text(cls, text: str) -> Trees:
        """The trees that ``to_text`` wrote."""
        from lightgbm import Booster

        content = json.loads(text)
        mean, median, *quantiles = (Booster(model_str=booster) for booster in content["boosters"])
        chosen = content["choice"]
        choice = Choice(
            tuple(chosen["mean_shares"]), chosen["corrected"], tuple(chosen["tried"]), tuple(chosen["origins"])
        )
        return cls(mean, median, tuple(quantiles), content["names"], choice)


@dataclass(frozen=True)
class BoostedModel:
    """Trees, and the panel (history) that they are asked on."""

    panel: Panel
    trees: Trees


def fit_boosted(panel: Panel, params: Params) -> BoostedModel | None:
    """Trees for the panel, or None where it has fewer rows to learn from than ``params.least_rows``."""
    rows = training_rows(panel, learned_windows(params), learned_origins(panel, params), params.learned_rows)
    if rows.target.size < params.least_rows or not np.any(rows.target > 0):
        return None
    binned = dataset(rows.features, rows.target, rows.level, rows.names)
    objectives = (MEAN, MEDIAN, *map(quantile, LEVELS))
    mean, median, *quantiles = grow(binned, objectives, params.trees, params.threads)
    return BoostedModel(panel, Trees(mean, median, tuple(quantiles), rows.names, choose(panel, params)))


def asked_of(panel: Panel) -> list[str]:
    """Names of the features that trees for this panel ask for."""
    return window_features(panel, np.arange(1), panel.periods - 2, [(1, 1)])[2]
