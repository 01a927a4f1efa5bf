"""History apart: what sold, what would have sold, what was ordinary and what a promotion added."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.boosted.panel import extreme_bounds
from forecasting.door import check_frame, check_unique, refuse_rows

# Ordinary periods on each side whose mean is the ordinary demand of a period that was not ordinary.
NEIGHBOURS = 8
# Ordinary periods of weight one that a series' own promotion response is averaged with those of all.
PRIOR_PERIODS = 2.0


def demand_parts(history: pl.DataFrame) -> pl.DataFrame:
    """Estimates beside every period's sales, never in their place.

    An ordinary period (in stock, not promoted) is its own baseline. In any other the baseline is the mean of the
    nearest ordinary periods on both sides. A promoted period in stock is baseline and uplift. A stocked-out period
    would have sold its baseline, times what promotions do to the series if it was promoted; never less than it sold.

    Parameters
    ----------
    history
        ``unique_id`` (text), ``ds`` (date), ``y`` (number, zero or more; null means not observed), and perhaps
        ``in_stock`` and ``promoted`` (bool; null counts as in stock and not promoted).

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``y`` (float), ``unconstrained`` (float: what would have sold),
        ``baseline`` and ``uplift`` (float, their sum is ``unconstrained``; an uplift below zero is a promotion that
        sold less than usual), ``extreme_over`` (float: where ``y`` is above it, it teaches as if it were that; null
        elsewhere), sorted. Periods of a series without any ordinary one have what they sold as baseline.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a demand is negative, or a period occurs twice.
    """
    check_frame(history, {"unique_id": "text", "ds": "date", "y": "number?"}, "history")
    flags = [name for name in ("in_stock", "promoted") if name in history.columns]
    check_frame(history, dict.fromkeys(flags, "bool?"), "history")
    y = pl.col("y").cast(pl.Float64).fill_nan(None)
    refuse_rows(history, (y < 0) | y.is_infinite(), "y", "must be a demand of zero or more", "history")
    check_unique(history, ["unique_id", "ds"], "history")
    known = {"in_stock": pl.lit(True), "promoted": pl.lit(False)}
    known |= {name: pl.col(name).fill_null(name == "in_stock") for name in flags}
    rows = history.select("unique_id", "ds", y=y.fill_null(0.0), seen=known["in_stock"] & y.is_not_null(), **known)
    rows = rows.sort("unique_id", "ds")
    starts = np.flatnonzero(rows["unique_id"].ne_missing(rows["unique_id"].shift()).to_numpy()) if rows.height else []
    sold, seen, promoted = (rows[name].to_numpy() for name in ("y", "seen", "promoted"))
    baseline = baselines(sold, seen & ~promoted, np.array(starts, int))
    response = responses(sold, baseline, seen & promoted, np.array(starts, int))
    expected = baseline * np.where(promoted, response, 1.0)
    unconstrained = np.where(seen, sold, np.maximum(sold, expected))
    baseline = np.where(promoted, baseline, unconstrained)
    bound = extremes(sold, seen, np.array(starts, int))
    return rows.select("unique_id", "ds", "y").with_columns(
        unconstrained=unconstrained,
        baseline=baseline,
        uplift=unconstrained - baseline,
        extreme_over=pl.Series(np.where(sold > bound, bound, np.nan)).fill_nan(None),
    )


def baselines(sold: np.ndarray, ordinary: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Own sales of ordinary periods; of others the mean of the nearest ordinary ones on both sides."""
    result = sold.astype(float).copy()
    for start, end in zip(starts, [*starts[1:], sold.size], strict=True):
        place = np.flatnonzero(ordinary[start:end])
        if not place.size:
            continue
        sums = np.concatenate([[0.0], np.cumsum(sold[start:end][place])])
        other = np.flatnonzero(~ordinary[start:end])
        middle = np.searchsorted(place, other)
        first, last = np.maximum(middle - NEIGHBOURS, 0), np.minimum(middle + NEIGHBOURS, place.size)
        result[start + other] = (sums[last] - sums[first]) / (last - first)
    return result


def responses(sold: np.ndarray, baseline: np.ndarray, promoted: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """What promotions multiply demand by, for each row that of its series: its own, averaged with that of all."""
    if not starts.size:
        return np.ones(0)
    series = np.repeat(np.arange(starts.size), np.diff([*starts, sold.size]))
    base = np.bincount(series[promoted], baseline[promoted], starts.size)
    total = np.bincount(series[promoted], sold[promoted], starts.size)
    usual = np.bincount(series, baseline, starts.size) / np.bincount(series, minlength=starts.size)
    everywhere = total.sum() / base.sum() if base.sum() > 0 else 1.0
    weight = PRIOR_PERIODS * usual
    own = np.divide(total + weight * everywhere, base + weight, out=np.ones(starts.size), where=base + weight > 0)
    return own[series]


def extremes(sold: np.ndarray, seen: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """For each row the most that one period of its series counts for, as the trees learn."""
    if not starts.size:
        return np.zeros(0)
    lengths = np.diff([*starts, sold.size])
    table = np.full((starts.size, lengths.max()), np.nan, np.float32)
    column = np.arange(sold.size) - np.repeat(starts, lengths)
    table[np.repeat(np.arange(starts.size), lengths), column] = np.where(seen, sold, np.nan)
    return np.repeat(extreme_bounds(table), lengths)
