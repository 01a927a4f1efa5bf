"""What is known at an origin of one period ahead: the same season a year ago, and what is planned."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from forecasting.boosted.driver_features import driver_features
from forecasting.boosted.origin_features import ratio
from forecasting.boosted.panel import Panel
from forecasting.calendar_events import calendar_features, event_year

WEEKDAY_WEEKS = (4, 8)


def step_features(panel: Panel, rows: np.ndarray, origin: int, step: int, level: np.ndarray) -> dict[str, np.ndarray]:
    """Features of period ``origin + step`` by name, each of shape (rows,)."""
    features = year_ago_features(panel, rows, origin, step, level, panel.seasons.year)
    if panel.calendar:
        features |= event_features(panel, rows, origin, step, level)
    if panel.seasons.week:
        features |= weekday_features(panel, rows, origin, step, level)
    if panel.driver_names:
        features |= driver_features(panel, rows, origin, step, level)
    return features


def event_features(panel: Panel, rows: np.ndarray, origin: int, step: int, level: np.ndarray) -> dict[str, np.ndarray]:
    """What the calendar says of the target, and demand as far from Lunar New Year last time."""
    first = panel.first + timedelta(days=(origin + step) * panel.period_days)
    today = panel.first + timedelta(days=(origin + 1) * panel.period_days - 1)
    found = calendar_features(panel.calendar, first, panel.period_days, today)
    year = event_year(panel.calendar, first, panel.period_days)
    last_time = year_ago_features(panel, rows, origin, step, level, year or panel.seasons.year)
    missing = np.full(rows.size, np.nan)
    aligned = {f"event_{name}": missing if year is None else values for name, values in last_time.items()}
    return {name: np.full(rows.size, value) for name, value in found.items()} | aligned


def year_ago_features(
    panel: Panel, rows: np.ndarray, origin: int, step: int, level: np.ndarray, year: int
) -> dict[str, np.ndarray]:
    """Demand a year (so many periods) before the target, and how far each group then rose above its level at the
    origin.
    """
    seasons, missing = panel.seasons, np.full(rows.size, np.nan)
    target = origin + step - year
    first, last = target - seasons.around, min(target + seasons.around, origin)
    features = {"year_ago": missing, "year_ago_exact": missing}
    if first >= 0:
        begun = panel.start[rows]
        around = panel.demand[rows, first : last + 1].mean(1) / level
        features["year_ago"] = np.where(begun <= first, around, np.nan)
        exact = panel.demand[rows, min(target, origin)] / level
        features["year_ago_exact"] = np.where(begun <= target, exact, np.nan)
    then = origin - year
    for group in panel.groups:
        name = f"season_{group.name}"
        features[name] = missing
        if first >= 0 and then >= seasons.short // 2:
            before = group.demand[:, max(then + 1 - seasons.long // 2, 0) : then + 1].mean(1)
            features[name] = ratio(group.demand[:, first : last + 1].mean(1), before)[group.codes[rows]]
    return features


def weekday_features(
    panel: Panel, rows: np.ndarray, origin: int, step: int, level: np.ndarray
) -> dict[str, np.ndarray]:
    """Demand on the target's day of the week, of the series and against its groups' average day."""
    week = panel.seasons.week
    same_day = np.arange(origin - (-step % week), -1, -week)
    features = {}
    for weeks in WEEKDAY_WEEKS:
        days = same_day[:weeks]
        features[f"weekday_{weeks}"] = panel.demand[np.ix_(rows, days)].mean(1) / level
    longest = max(WEEKDAY_WEEKS)
    for group in panel.groups:
        every_day = group.demand[:, max(origin + 1 - longest * week, 0) : origin + 1].mean(1)
        day = group.demand[:, same_day[:longest]].mean(1)
        features[f"weekday_{group.name}"] = ratio(day, every_day)[group.codes[rows]]
    target = panel.first + timedelta(days=(origin + step) * panel.period_days)
    features["weekday"] = np.full(rows.size, target.weekday())
    features["day_of_month"] = np.full(rows.size, target.day)
    return features
