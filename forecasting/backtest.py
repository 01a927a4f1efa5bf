"""Forecasts of the past from what was known then."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from forecasting.backend import LOCAL, Backend
from forecasting.fit import checked_history, fit
from forecasting.params import Params
from forecasting.planned import driver_names
from forecasting.predict import predict
from forecasting.squared_change import squared_change
from forecasting.usual_forecasts import usual_forecasts


def backtest(
    history: pl.DataFrame,
    horizon: int,
    origins: int,
    step: int,
    params: Params | None = None,
    levels: Iterable[float] = (0.5, 0.9, 0.95),
    items: pl.DataFrame | None = None,
    beside: Collection[str] = (),
    backend: Backend = LOCAL,
) -> pl.DataFrame:
    """Fit and predict at rolling origins, beside what then happened.

    Parameters
    ----------
    history
        As for ``fit``. Drivers count as planned: their values behind a cutoff are known at it, unless
        ``known_x_…`` says that they were announced later: then they count as 0.
    horizon
        Periods forecast from each origin.
    origins
        Number of origins; the last one leaves exactly ``horizon`` periods of truth.
    step
        Periods between two origins.
    params
        Settings; defaults if None.
    levels
        Quantile levels.
    items
        As for ``fit``.
    beside
        Series whose usual forecasts (``usual_forecasts``) and level are shown beside the model's.
    backend
        Where origins are computed; each is a part of its own.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``cutoff`` (date, the last period known), ``step`` (int, periods after
        it), ``y`` (float), ``in_stock`` (bool), ``demand_class`` (str), ``scale`` (float, mean squared change from
        period to period before the cutoff; null with fewer than two), ``y_hat`` (float), ``q_<level>`` (float) …,
        and with ``beside`` ``moving_average``, ``seasonal_naive``, ``auto_ets``, ``level`` (float, null for other
        series), sorted by cutoff, series and period. A series without history before a cutoff is absent from it.

    Raises
    ------
    ValueError
        When ``horizon``, ``origins`` or ``step`` is below 1, the history is too short for the origins, or
        as in ``fit``.
    """
    for name, value in (("horizon", horizon), ("origins", origins), ("step", step)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, found {value!r}")
    params, levels = params or Params(), list(levels)
    truth = checked_history(history, params)
    if not truth.height:
        raise ValueError("history is empty: there is nothing to look back on")
    first, last = truth["ds"].min(), truth["ds"].max()
    cutoffs = [last - timedelta(days=params.period_days * (horizon + back * step)) for back in range(origins)][::-1]
    if cutoffs[0] < first:
        raise ValueError(f"origin {cutoffs[0]} lies before the first period {first}; ask for fewer origins or periods")
    parts = backend.map(from_origin, cutoffs, truth, horizon, levels, params, items, list(beside))
    return pl.concat(parts).sort("cutoff", "unique_id", "ds")


def from_origin(
    cutoff: date,
    truth: pl.DataFrame,
    horizon: int,
    levels: list[float],
    params: Params,
    items: pl.DataFrame | None,
    beside: list[str],
) -> pl.DataFrame:
    """One origin of ``backtest``."""
    known = truth.filter(pl.col("ds") <= cutoff)
    model = fit(known, params, items)
    planned = announced_plan(truth.filter(pl.col("ds") > cutoff), cutoff + timedelta(days=params.period_days - 1))
    forecast = predict(model, horizon, levels, planned)
    if beside:
        compared = known.filter(pl.col("unique_id").is_in(beside))
        level = predict(replace(model, boosted=None), horizon).rename({"y_hat": "level"})
        usual = usual_forecasts(compared, horizon, params).join(level, on=["unique_id", "ds"], how="left")
        forecast = forecast.join(usual, on=["unique_id", "ds"], how="left")
    about = model.series.select("unique_id", "demand_class").join(squared_change(known), on="unique_id", how="left")
    days = (pl.col("ds") - pl.lit(cutoff, dtype=pl.Date)).dt.total_days()
    seen = truth.select("unique_id", "ds", "y", "in_stock").join(forecast, on=["unique_id", "ds"])
    seen = seen.join(about, on="unique_id", how="left").with_columns(
        cutoff=pl.lit(cutoff, dtype=pl.Date), step=days // params.period_days
    )
    head = ["unique_id", "ds", "cutoff", "step", "y", "in_stock", "demand_class", "scale", "y_hat"]
    return seen.select(*head, pl.exclude(head))


def announced_plan(ahead: pl.DataFrame, today: date) -> pl.DataFrame:
    """The drivers ahead as they were known at the end of a day."""
    names = driver_names(ahead)
    late = {name: pl.col(f"known_{name}") > today for name in names if f"known_{name}" in ahead.columns}
    values = [pl.when(late[name]).then(0.0).otherwise(name).alias(name) if name in late else name for name in names]
    return ahead.select("unique_id", "ds", *values)
