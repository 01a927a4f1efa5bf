"""Bias control: the forecast of all series together, drawn halfway to a plain one of their total."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from forecasting.boosted.driver_features import planned_uplift
from forecasting.boosted.origin_features import level_at, trailing
from forecasting.boosted.panel import Panel
from forecasting.calendar_events import event_year

# Halfway in logarithms: two forecasts of the total have equal shares, never fitted (docs/benchmarks.md).
SHARE = 0.5
# No total is moved by more than this factor.
MOST = 2.0
WEEKDAY_WEEKS = 8
CHUNK = 4096  # series


def total_factors(plain: np.ndarray, point: np.ndarray) -> np.ndarray:
    """What the forecast of each period is multiplied by.

    Parameters
    ----------
    plain
        As of ``plain_totals``; shape (periods,).
    point
        Forecast of the same series by period from the first one ahead on; shape (series, periods).

    Returns
    -------
    np.ndarray
        Shape (periods,); 1 where nothing is or was sold.
    """
    forecast = point.sum(0)
    factor = np.divide(plain, forecast, out=np.ones(forecast.size), where=(forecast > 0) & (plain > 0))
    return np.clip(factor**SHARE, 1 / MOST, MOST)


def plain_totals(panel: Panel, rows: np.ndarray, periods: int) -> np.ndarray:
    """Demand of some series together in each period ahead, by level, plan and season and nothing else.

    Each series' level times what periods planned like the coming one sell against its usual ones. Their sum is raised
    as the same series rose above just that a year ago. Days have their weekday's share. A sum over all series has
    little chance in it: at a seasonal turn it errs otherwise than trees do, which learn from single series and fall
    back to what is usual.

    Parameters
    ----------
    panel
        Its drivers must reach the last period ahead.
    rows
        Numbers of the series.
    periods
        Periods ahead.

    Returns
    -------
    np.ndarray
        Shape (periods,).
    """
    origin = panel.periods - 1
    total, seasons = np.zeros(periods), np.ones(periods)
    for part in parts(rows):
        total += expected(panel, part, origin, np.arange(1, periods + 1)).sum(0)
    back = year_back(panel, periods)
    for far in np.unique(back[back > 0]):
        steps = np.flatnonzero(back == far) + 1
        seasons[steps - 1] = season(panel, rows, origin - far, steps)
    return total * seasons * weekday_shares(panel.demand[rows].sum(0, dtype=float), panel.seasons.week, periods)


def parts(rows: np.ndarray) -> list[np.ndarray]:
    """The series in blocks: memory grows with one of them."""
    return [rows[first : first + CHUNK] for first in range(0, rows.size, CHUNK)]


def expected(panel: Panel, rows: np.ndarray, origin: int, steps: np.ndarray) -> np.ndarray:
    """Demand of each series by its level and the plan of each period, as known at an origin; shape (rows, steps)."""
    seasons = panel.seasons
    level = (trailing(panel, rows, origin, seasons.short) + trailing(panel, rows, origin, seasons.long)) / 2
    if not panel.driver_names:
        return np.broadcast_to(level[:, None], (rows.size, steps.size))
    return level[:, None] * planned_uplift(panel, rows, origin, steps, level_at(panel, rows, origin))


def year_back(panel: Panel, periods: int) -> np.ndarray:
    """How many periods ago the season of each period ahead was last; 0 where the history is too short to say.

    Near Lunar New Year it is as many as that lies from the last one.
    """
    back = np.zeros(periods, int)
    for step in range(periods):
        first = panel.first + timedelta(days=(panel.periods + step) * panel.period_days)
        far = event_year(panel.calendar, first, panel.period_days) or panel.seasons.year
        back[step] = far if panel.periods - 1 - far >= panel.seasons.short else 0
    return back


def season(panel: Panel, rows: np.ndarray, origin: int, steps: np.ndarray) -> np.ndarray:
    """What periods around each step after a past origin sold against ``expected`` then; shape (steps,).

    Of series that had been sold for a while then, in periods observed.
    """
    around, last = panel.seasons.near, panel.periods - 1
    near = np.unique(steps[:, None] + np.arange(-around, around + 1))
    near = near[(origin + near >= 0) & (origin + near <= last)]
    sold, usual = np.zeros((2, near.size))
    for part in parts(rows[panel.start[rows] <= origin - panel.seasons.short]):
        seen = panel.observed[part[:, None], origin + near]
        sold += np.where(seen, panel.demand[part[:, None], origin + near], 0).sum(0, dtype=float)
        usual += np.where(seen, expected(panel, part, origin, near), 0).sum(0)
    window = np.abs(near - steps[:, None]) <= around
    above, below = window @ sold, window @ usual
    return np.divide(above, below, out=np.ones(steps.size), where=(above > 0) & (below > 0))


def weekday_shares(total: np.ndarray, week: int | None, periods: int) -> np.ndarray:
    """What each period ahead sells against an average one, by its day of the week; ones where there are none."""
    recent = total[-WEEKDAY_WEEKS * week :] if week else total[:0]
    if not week or recent.size < WEEKDAY_WEEKS * week or not recent.sum() > 0:
        return np.ones(periods)
    shares = recent.reshape(WEEKDAY_WEEKS, week).mean(0) / recent.mean()
    return shares[np.arange(periods) % week]
