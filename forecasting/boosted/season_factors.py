"""How far demand as a whole rises from its level into a period, as it did a year ago."""

from __future__ import annotations

import numpy as np

from forecasting.boosted.panel import Panel

# A year ago is one year of many: halfway in logarithms, an equal share, never fitted (docs/benchmarks.md).
SHARE = 0.5
# No season moves a level by more than this factor: beyond it lies a gap in the data, not a season.
MOST = 2.0


def season_factors(panel: Panel, origin: int, horizon: int) -> np.ndarray:
    """What the level at an origin is multiplied by in each period ahead, the same for all series.

    Halfway to demand around the same period a year ago over the level then, of all series that had been there
    throughout: those that came in between would make growth look like a season. Trees cannot multiply what they never
    saw, so a season that their rows hold once, or not at all, must be in what they are measured against.

    Parameters
    ----------
    panel
        Histories.
    origin
        The last period known.
    horizon
        Periods ahead.

    Returns
    -------
    np.ndarray
        Shape (horizon,); ones where the history has not seen the level of a year ago and the periods after it.
    """
    seasons, flat = panel.seasons, np.ones(horizon)
    then = origin - seasons.year
    # Beyond a year ahead the season is that of the year before.
    targets = then + 1 + np.arange(horizon) % seasons.year
    first = max(then + 1 - seasons.long, 0)
    if then + 1 - first < seasons.long // 2:
        return flat
    total = panel.demand[panel.start <= first, first : origin + 1].sum(0, dtype=float)
    before = total[: then + 1 - first]
    level = (before[-seasons.short :].mean() + before.mean()) / 2
    if not level > 0:
        return flat
    places = targets - first
    around = [total[place - seasons.around : place + seasons.around + 1].mean() for place in places]
    return np.clip((np.array(around) / level) ** SHARE, 1 / MOST, MOST)
