"""Forecasts of one series at a time by classical methods with a season."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from forecasting.fitted_ahead import fitted_ahead


def classical(history: pl.DataFrame, season: int, horizon: int) -> pl.DataFrame:
    """The mean of Dynamic Optimised Theta, Complex Exponential Smoothing and AutoETS.

    For series worth a model of their own: long, smooth, few (totals of categories, months, quarters). Equal
    weights, as in Petropoulos & Svetunkov (2020), "A simple combination of univariate models". A method that
    cannot fit a series leaves its part to the others; a series shorter than four periods repeats its last value.

    Parameters
    ----------
    history
        ``unique_id`` (text), ``step`` (integer, rising by one within a series), ``y`` (number, zero or more).
    season
        Periods of a season; 1 for none.
    horizon
        Periods ahead, at least 1.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``step`` (int, from the series' last + 1), ``y_hat`` (float, zero or more), sorted.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a step occurs twice, a value is negative or not finite, or
        ``season`` or ``horizon`` is below 1.
    """
    for name, value in (("season", season), ("horizon", horizon)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, found {value!r}")
    check_frame(history, {"unique_id": "text", "step": "integer", "y": "number"}, "history")
    check_unique(history, ["unique_id", "step"], "history")
    y = pl.col("y").cast(pl.Float64)
    refuse_rows(history, ~((y >= 0) & y.is_finite()), "y", "must be a demand of zero or more", "history")
    parts = []
    for (series,), rows in history.sort("unique_id", "step").group_by("unique_id", maintain_order=True):
        ahead = mean_of_methods(rows["y"].cast(pl.Float64).to_numpy(), season, horizon)
        steps = rows["step"][-1] + 1 + np.arange(horizon)
        parts.append(pl.DataFrame({"unique_id": [series] * horizon, "step": steps, "y_hat": ahead}))
    schema = {"unique_id": pl.String, "step": pl.Int64, "y_hat": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def mean_of_methods(y: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The methods' mean, shape (horizon,)."""
    from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta

    if np.ptp(y) == 0:
        return np.full(horizon, y[-1])
    # A season must be seen twice.
    length = season if y.size >= 2 * season + 2 else 1
    methods = (DynamicOptimizedTheta, AutoCES, AutoETS)
    found = [fitted_ahead(method(season_length=length), y, horizon) for method in methods]
    ahead = [mean for mean in found if mean is not None]
    return np.mean(ahead, axis=0) if ahead else np.full(horizon, y[-1])
