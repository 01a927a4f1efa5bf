"""What is planned for a period (price, promotion, display), and what such a period sold before."""

from __future__ import annotations

import warnings

import numpy as np

from forecasting.boosted.panel import Panel, announced, announced_means

# A driver counts as zero below this share of its mean size: logarithms of ratios need a floor.
FLOOR = 0.02
# Kernel of likeness: how fast weight falls with distance (in deviations) and with age (per period).
SHARPNESS, AGEING = 3.0, 0.985
# The level counts as this many periods just like the planned one.
PRIOR = 0.3


def driver_features(panel: Panel, rows: np.ndarray, origin: int, step: int, level: np.ndarray) -> dict[str, np.ndarray]:
    """Features by name, each of shape (rows,).

    Every driver's planned value, against its recent mean and its last value; the same for the means of the
    series' groups (a sibling's promotion takes from this one); and the demand of like periods. What had not been
    announced by the origin counts as not planned.
    """
    seasons, target = panel.seasons, origin + step
    recent = slice(max(origin + 1 - seasons.long, 0), origin + 1)
    features = {}
    floors = driver_floors(panel, origin)
    for number, name in enumerate(panel.driver_names):
        planned, floor = announced(panel, number, origin, target)[rows], floors[number]
        usual = mean_of_known(panel.drivers[rows, number, recent])
        features[name] = planned
        features[f"{name}_to_usual"] = log_ratio(planned, usual, floor)
        features[f"{name}_to_last"] = planned - panel.drivers[rows, number, origin]
        for group in panel.groups:
            ahead = announced_means(panel, group, number, origin, target)
            change = log_ratio(ahead, group.drivers[:, number, recent].mean(1), floor)
            features[f"{name}_{group.name}"] = change[group.codes[rows]]
    return features | like_periods(panel, rows, origin, step, level, floors)


def driver_floors(panel: Panel, origin: int) -> np.ndarray:
    """The size of each driver below which it counts as zero, by what is known at the origin."""
    size = np.abs(np.nan_to_num(panel.drivers[:, :, origin])).mean(0)
    whole = np.abs(np.nan_to_num(panel.drivers[:, :, : origin + 1 : panel.seasons.short])).mean((0, 2))
    return FLOOR * np.maximum(size, whole) + 1e-9


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis, NaN where nothing is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values, axis=-1)


def log_ratio(value: np.ndarray, usual: np.ndarray, floor: float) -> np.ndarray:
    """Logarithm of a value over its usual one, both raised to a floor."""
    return np.log((np.maximum(value, 0) + floor) / (np.maximum(usual, 0) + floor))


def like_periods(
    panel: Panel, rows: np.ndarray, origin: int, step: int, level: np.ndarray, floors: np.ndarray
) -> dict[str, np.ndarray]:
    """Mean demand of the series' past periods whose drivers were like the planned ones, and their number.

    A kernel regression (Nadaraya 1964, Watson 1964) over the last year: it gives each item its own response
    to price and promotion, which trees on pooled rows see only on average.
    """
    first = max(origin + 1 - panel.seasons.year, 0)
    past = panel.drivers[rows, :, first : origin + 1]
    ahead = [announced(panel, number, origin, origin + step)[rows] for number in range(len(panel.driver_names))]
    planned = np.stack(ahead, axis=1)[:, :, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        unit = np.nanstd(past, axis=2, keepdims=True) + floors[:, None]
    distance = np.nan_to_num(np.abs(past - planned) / unit, nan=SHARPNESS).sum(1)
    weight = np.exp(-SHARPNESS * distance) * recency(panel, rows, origin, first)
    mean, count = weighed_demand(panel, rows, origin, first, weight, level)
    return {"like_periods": mean, "like_periods_count": count}


def recency(panel: Panel, rows: np.ndarray, origin: int, first: int) -> np.ndarray:
    """Weight of each observed period up to the origin by its age; shape (rows, periods)."""
    age = np.arange(origin - first, -1, -1)
    return AGEING**age * panel.observed[rows, first : origin + 1]


def weighed_demand(
    panel: Panel, rows: np.ndarray, origin: int, first: int, weight: np.ndarray, level: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weighed mean demand in units of the level, drawn to one level, and the sum of weights; shapes (rows,)."""
    count = weight.sum(1)
    total = (weight * panel.demand[rows, first : origin + 1]).sum(1) + PRIOR * level
    return total / (count + PRIOR) / level, count


def planned_uplift(panel: Panel, rows: np.ndarray, origin: int, steps: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Demand of past periods like the planned ones over that of all, as known at an origin; shape (rows, steps)."""
    first, floors = max(origin + 1 - panel.seasons.year, 0), driver_floors(panel, origin)
    usual, _ = weighed_demand(panel, rows, origin, first, recency(panel, rows, origin, first), level)
    like = [like_periods(panel, rows, origin, step, level, floors)["like_periods"] for step in steps]
    return np.stack(like, axis=1) / usual[:, None]
