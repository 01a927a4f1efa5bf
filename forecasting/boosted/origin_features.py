"""What is known of a series at the end of a period."""

import numpy as np

from forecasting.boosted.panel import Panel

# A level is at least this share of the series' whole mean, plus this share of what its neighbours sell.
LEAST_OF_OWN, LEAST_OF_UNIT = 0.1, 0.02


def trailing(panel: Panel, rows: np.ndarray, end: int, length: int) -> np.ndarray:
    """Mean demand of the ``length`` periods up to ``end``, or of those since the series began."""
    first = max(end - length + 1, 0)
    began = np.maximum(panel.start[rows], first)
    return panel.demand[rows, first : end + 1].sum(1, dtype=float) / np.clip(end + 1 - began, 1, None)


def level_at(panel: Panel, rows: np.ndarray, origin: int) -> np.ndarray:
    """The level that features and targets are divided by, above zero; shape (rows,).

    The mean of a short and a long trailing average. Scaled so, a shop that sells one and one that sells a
    hundred a week teach each other.
    """
    seasons = panel.seasons
    level = (trailing(panel, rows, origin, seasons.short) + trailing(panel, rows, origin, seasons.long)) / 2
    whole = trailing(panel, rows, origin, origin + 1)
    return np.maximum(level, LEAST_OF_OWN * whole) + LEAST_OF_UNIT * panel.unit


def origin_features(panel: Panel, rows: np.ndarray, origin: int) -> dict[str, np.ndarray]:
    """Features by name, each of shape (rows,): demand in units of the level, NaN where history is too short."""
    seasons, level = panel.seasons, level_at(panel, rows, origin)
    start = panel.start[rows]
    age = origin + 1 - start
    features = {}
    for length in seasons.averages:
        long_enough = age >= 0.7 * length
        features[f"mean_{length}"] = np.where(long_enough, trailing(panel, rows, origin, length) / level, np.nan)
    features["mean_all"] = trailing(panel, rows, origin, origin + 1) / level
    for back in range(min(seasons.lags, origin + 1)):
        value = panel.demand[rows, origin - back] / level
        known = (origin - back >= start) & panel.observed[rows, origin - back]
        features[f"lag_{back}"] = np.where(known, value, np.nan)
    for back in range(origin + 1, seasons.lags):
        features[f"lag_{back}"] = np.full(rows.size, np.nan)
    for weight in seasons.smoothing:
        features[f"smoothed_{weight:g}"] = smoothed(panel, rows, origin, weight) / level
    for length in (seasons.short, seasons.long):
        features |= spread(panel, rows, origin, length, level)
    sold = panel.demand[rows, : origin + 1] > 0
    since = np.where(sold.any(1), np.argmax(sold[:, ::-1], axis=1), origin + 1)
    features["periods_since_sale"] = np.minimum(since, seasons.year)
    features["age"] = np.minimum(age, 2 * seasons.year)
    features["volume"] = np.log(level / panel.unit)
    recent, before = (trailing(panel, rows, origin, n) for n in (seasons.short // 2, seasons.long))
    features["trend"] = np.log((recent + 0.1 * level) / (before + 0.1 * level))
    features["level_year_ago"] = np.full(rows.size, np.nan)
    if origin - seasons.year >= seasons.short:
        year_ago = trailing(panel, rows, origin - seasons.year, seasons.short) / level
        features["level_year_ago"] = np.where(age > seasons.year + seasons.short // 2, year_ago, np.nan)
    for group in panel.groups:
        recent, before = (
            group.demand[:, max(origin + 1 - length, 0) : origin + 1].mean(1)
            for length in (seasons.short // 2, seasons.long)
        )
        features[f"growth_{group.name}"] = ratio(recent, before)[group.codes[rows]]
    return features


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """``above / below``, NaN where there is nothing below."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def smoothed(panel: Panel, rows: np.ndarray, origin: int, weight: float) -> np.ndarray:
    """Exponential average of the demand since the series began."""
    first = max(origin + 1 - int(6 / weight), 0)
    period = np.arange(first, origin + 1)
    weights = (1 - weight) ** (origin - period) * (period >= panel.start[rows, None])
    total = (panel.demand[rows, first : origin + 1] * weights).sum(1)
    return total / np.maximum(weights.sum(1), 1e-9)


def spread(panel: Panel, rows: np.ndarray, origin: int, length: int, level: np.ndarray) -> dict[str, np.ndarray]:
    """Deviation, maximum, median, share of zeros and of unobserved periods over the last ``length``."""
    first = max(origin + 1 - length, 0)
    recent = panel.demand[rows, first : origin + 1].astype(float)
    count = np.clip(origin + 1 - panel.start[rows], 1, length)
    variance = (recent**2).sum(1) / count - (recent.sum(1) / count) ** 2
    return {
        f"deviation_{length}": np.sqrt(np.maximum(variance, 0)) / level,
        f"maximum_{length}": recent.max(1) / level,
        f"median_{length}": np.median(recent, axis=1) / level,
        f"zeros_{length}": 1 - (recent > 0).sum(1) / count,
        f"unobserved_{length}": 1 - panel.observed[rows, first : origin + 1].sum(1) / count,
    }
