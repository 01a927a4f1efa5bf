"""What a planner would have without a model of his own: moving average, seasonal naive, AutoETS."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from forecasting.fitted_ahead import fitted_ahead
from forecasting.params import Params

USUAL = ("moving_average", "seasonal_naive", "auto_ets")


def usual_forecasts(history: pl.DataFrame, horizon: int, params: Params) -> pl.DataFrame:
    """The forecasts that another one must beat, series by series.

    Parameters
    ----------
    history
        A checked history (``checked_history``): ``unique_id``, ``ds``, ``y``, without gaps.
    horizon
        Periods ahead, at least 1.
    params
        ``window`` of the moving average and ``period_days``, from which a year.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``moving_average`` (mean of the last ``window`` periods),
        ``seasonal_naive`` (the same period a year ago; the last one where there was none), ``auto_ets``
        (Hyndman, Koehler, Snyder & Grose 2002, without season; the moving average where it cannot be fitted), all
        float and zero or more, sorted.
    """
    # Seconds to import, so only where it is asked.
    from statsforecast.models import AutoETS

    method, year = AutoETS(season_length=1), 364 // params.period_days
    names, days, columns = [], [], {name: [] for name in USUAL}
    for (series,), rows in history.sort("unique_id", "ds").group_by("unique_id", maintain_order=True):
        y, last = rows["y"].to_numpy(), rows["ds"][-1]
        names += [series] * horizon
        days += [last + timedelta(days=params.period_days * step) for step in range(1, horizon + 1)]
        average = np.full(horizon, y[-params.window :].mean())
        columns["moving_average"].append(average)
        columns["seasonal_naive"].append(year_ago(y, horizon, year))
        smoothed = fitted_ahead(method, y, horizon)
        columns["auto_ets"].append(average if smoothed is None else smoothed)
    values = {name: np.concatenate(parts) if parts else [] for name, parts in columns.items()}
    schema = {"unique_id": pl.String, "ds": pl.Date, **dict.fromkeys(USUAL, pl.Float64)}
    return pl.DataFrame({"unique_id": names, "ds": days} | values, schema=schema)


def year_ago(y: np.ndarray, horizon: int, year: int) -> np.ndarray:
    """The periods a year before those ahead; the last one known where the series was not there yet."""
    position = y.size + np.arange(horizon) - year * (1 + np.arange(horizon) // year)
    return np.where(position >= 0, y[np.maximum(position, 0)], y[-1])
