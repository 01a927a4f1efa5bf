"""Forecasts of the past from what was known then."""

from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from forecasting.fit import checked_history, fit
from forecasting.params import Params
from forecasting.planned import driver_names
from forecasting.predict import predict


def backtest(
    history: pl.DataFrame,
    horizon: int,
    origins: int,
    step: int,
    params: Params | None = None,
    levels: Iterable[float] = (0.5, 0.9, 0.95),
    items: pl.DataFrame | None = None,
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

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``cutoff`` (date, the last period known), ``y`` (float),
        ``in_stock`` (bool), ``y_hat`` (float), ``q_<level>`` (float) …, sorted by cutoff, series and
        period. A series without history before a cutoff is absent from it.

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
    parts = []
    for back in reversed(range(origins)):
        cutoff = last - timedelta(days=params.period_days * (horizon + back * step))
        if cutoff < first:
            raise ValueError(f"origin {cutoff} lies before the first period {first}; ask for fewer origins or periods")
        model = fit(truth.filter(pl.col("ds") <= cutoff), params, items)
        planned = announced_plan(truth.filter(pl.col("ds") > cutoff), cutoff + timedelta(days=params.period_days - 1))
        forecast = predict(model, horizon, levels, planned)
        seen = truth.select("unique_id", "ds", "y", "in_stock").join(forecast, on=["unique_id", "ds"], how="inner")
        parts.append(seen.with_columns(cutoff=pl.lit(cutoff, dtype=pl.Date)))
    head = ["unique_id", "ds", "cutoff", "y", "in_stock", "y_hat"]
    return pl.concat(parts).select(*head, pl.exclude(head)).sort("cutoff", "unique_id", "ds")


def announced_plan(ahead: pl.DataFrame, today: date) -> pl.DataFrame:
    """The drivers ahead as they were known at the end of a day."""
    names = driver_names(ahead)
    late = {name: pl.col(f"known_{name}") > today for name in names if f"known_{name}" in ahead.columns}
    values = [pl.when(late[name]).then(0.0).otherwise(name).alias(name) if name in late else name for name in names]
    return ahead.select("unique_id", "ds", *values)
