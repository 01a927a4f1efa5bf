"""Forecasts period by period."""

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import polars as pl

from forecasting.backend import LOCAL, Backend
from forecasting.boosted import BoostedModel, forecast_periods
from forecasting.demand_over import at_levels, demand_over_levels, quantile_column, whole
from forecasting.door import check_levels
from forecasting.model import Model
from forecasting.params import Params
from forecasting.planned import planned_drivers


def predict(
    model: Model,
    horizon: int,
    levels: Iterable[float] = (),
    planned: pl.DataFrame | None = None,
    backend: Backend = LOCAL,
) -> pl.DataFrame:
    """Point forecast and quantiles of every series for the next periods.

    A series without trees is forecast by its level, the same in each period; a young one rises along the launch curve
    and knows of no plan. Beyond the longest of
    ``params.sum_periods`` trees repeat the last period that they know.

    Parameters
    ----------
    model
        A fitted model.
    horizon
        Periods ahead, at least 1, counted from each series' own last period.
    levels
        Quantile levels, each in (0, 1); none by default.
    planned
        Drivers ahead, where the history has drivers: ``unique_id``, ``ds`` and every ``x_…`` of the history.
    backend
        Where the trees are asked, in parts of the series.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``y_hat`` (float, base units per period), ``q_<level>`` (float)
        …, sorted by series and period; nothing is negative, quantiles rise with the level and are whole
        where the history is.

    Raises
    ------
    ValueError
        When the horizon is below 1, a level is outside (0, 1), or a driver is missing from the plan.
    """
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1 period, found {horizon!r}")
    levels = list(levels)
    asked = check_levels(levels) if levels else []
    grown = predict_boosted(model.boosted, model.params, horizon, asked, planned, model.whole_units, backend)
    fresh = predict_young(model, horizon, asked)
    grown = pl.concat([grown.join(fresh, on="unique_id", how="anti"), fresh])
    one = model.series.select("unique_id", "ds", periods=pl.lit(1.0)).join(grown, on="unique_id", how="anti")
    period = demand_over_levels(model, one, asked or [0.5])
    if not levels:
        period = period.drop("q_0.5")
    steps = pl.DataFrame({"step": range(1, horizon + 1)}, schema={"step": pl.Int64})
    days = pl.duration(days=pl.col("step") * model.params.period_days)
    flat = period.drop("periods").join(steps, how="cross").with_columns(pl.col("ds") + days).drop("step")
    return pl.concat([flat, grown.select(flat.columns)]).sort("unique_id", "ds")


def predict_boosted(
    boosted: BoostedModel | None,
    params: Params,
    horizon: int,
    levels: list[float],
    planned: pl.DataFrame | None,
    whole_units: bool,
    backend: Backend,
) -> pl.DataFrame:
    """The part of the forecast that trees give; without rows where there are none."""
    names = [quantile_column(level) for level in levels]
    if boosted is None:
        schema = {"unique_id": pl.String, "ds": pl.Date, "y_hat": pl.Float64, **dict.fromkeys(names, pl.Float64)}
        return pl.DataFrame(schema=schema)
    panel, reach = boosted.panel, min(horizon, params.sum_periods[-1])
    drivers = planned_drivers(panel, planned, reach)
    point, quantiles = forecast_periods(boosted, reach, drivers, params.threads, bool(levels), backend)
    steps = np.minimum(np.arange(horizon), reach - 1)
    last = panel.first + timedelta(days=(panel.periods - 1) * panel.period_days)
    columns = {
        "unique_id": np.repeat(panel.ids, horizon),
        "ds": [last + timedelta(days=(step + 1) * panel.period_days) for step in range(horizon)] * panel.ids.size,
        "y_hat": point[:, steps].ravel(),
    }
    if levels:
        asked = whole(at_levels(quantiles, levels), whole_units)[:, steps].reshape(-1, len(levels))
        columns |= {name: asked[:, k] for k, name in enumerate(names)}
    return pl.DataFrame(columns, schema_overrides={"unique_id": pl.String, "ds": pl.Date})


def predict_young(model: Model, horizon: int, levels: list[float]) -> pl.DataFrame:
    """The part of the forecast that is of young series and of those to come; without rows where there are none."""
    names = [quantile_column(level) for level in levels]
    schema = {"unique_id": pl.String, "ds": pl.Date, "y_hat": pl.Float64, **dict.fromkeys(names, pl.Float64)}
    if model.young is None:
        return pl.DataFrame(schema=schema)
    ids = model.young.ids
    rows, steps = np.repeat(np.arange(ids.size), horizon), np.tile(np.arange(horizon), ids.size)
    mean, quantiles = model.young.demand(rows, steps, steps + 1, levels)
    last = model.series["ds"].max()
    days = pl.Series("ds", [last], dtype=pl.Date).gather(np.zeros(rows.size, int))
    columns = {"unique_id": ids[rows], "ds": days, "y_hat": mean}
    columns |= {name: whole(quantiles[:, k], model.whole_units) for k, name in enumerate(names)}
    ahead = pl.duration(days=pl.Series((steps + 1) * model.params.period_days))
    return pl.DataFrame(columns, schema_overrides=schema).with_columns(pl.col("ds") + ahead).select(list(schema))
