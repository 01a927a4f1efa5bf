"""How demand rises after a launch."""

from __future__ import annotations

import numpy as np

from forecasting.boosted.panel import Panel

# A series that begins this many periods after the calendar was launched then; others are older than the history.
LATE = 4
# Periods until full life; how old a launch must be to teach, and the ages at which it counts as full.
AGES, TAUGHT_FROM, FULL_FROM, FULL_TO = 13, 10, 8, 26
# Launches with no ramp at all that the curve is averaged with.
PRIOR_LAUNCHES = 5.0
LEAST, MOST = 0.05, 1.5


def first_observed(panel: Panel) -> np.ndarray:
    """First period of each series that was observed, 0 where none was; shape (series,)."""
    return np.argmax(panel.observed, axis=1)


def launch_curve(panel: Panel, began: np.ndarray) -> np.ndarray:
    """Demand by age as a share of full life, from the launches of the history.

    Each launch is compared with what it sold later, the season taken out by the total of the series that were there
    all the time.

    Parameters
    ----------
    panel
        The history.
    began
        First period of each series; shape (series,).

    Returns
    -------
    np.ndarray
        Shape (ages + 1,); the last is full life, 1.
    """
    curve = np.ones(AGES + 1)
    age = panel.periods - began
    taught = np.flatnonzero((began >= LATE) & (age >= TAUGHT_FROM))
    if not taught.size:
        return curve
    total = panel.demand[began < LATE].sum(0, dtype=float)
    season = np.maximum(total / total.mean(), 0.1) if total.sum() > 0 else np.ones(panel.periods)
    level = panel.demand[taught] / season
    periods = np.arange(panel.periods) - began[taught][:, None]
    full = (periods >= FULL_FROM) & (periods < FULL_TO)
    later = (level * full).sum(1) / full.sum(1)
    for number in range(AGES):
        here = periods == number
        reached = here.any(1)
        prior = PRIOR_LAUNCHES * later.mean()
        usual = later[reached].sum() + prior
        curve[number] = (level[here].sum() + prior) / usual if usual > 0 else 1.0
    curve[:-1] = np.clip(curve[:-1], LEAST, MOST)
    return curve
