"""Forecasts period by period."""

from collections.abc import Iterable

import polars as pl

from forecasting.demand_over import demand_over
from forecasting.model import Model


def predict(model: Model, horizon: int, levels: Iterable[float] = ()) -> pl.DataFrame:
    """Point forecast and quantiles of every series for the next periods.

    Every method of the portfolio forecasts a level, so the forecast is the same in each period.

    Parameters
    ----------
    model
        A fitted model.
    horizon
        Periods ahead, at least 1, counted from each series' own last period.
    levels
        Quantile levels, each in (0, 1); none by default.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``y_hat`` (float, base units per period), ``q_<level>`` (float)
        …, sorted by series and period; nothing is negative and quantiles rise with the level.

    Raises
    ------
    ValueError
        When the horizon is below 1 or a level is outside (0, 1).
    """
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1 period, found {horizon!r}")
    levels = list(levels)
    one = model.series.select("unique_id", "ds", periods=pl.lit(1.0))
    period = demand_over(model, one, levels or [0.5])
    if not levels:
        period = period.drop("q_0.5")
    steps = pl.DataFrame({"step": range(1, horizon + 1)}, schema={"step": pl.Int64})
    days = pl.duration(days=pl.col("step") * model.params.period_days)
    return (
        period.drop("periods")
        .join(steps, how="cross")
        .with_columns(pl.col("ds") + days)
        .drop("step")
        .sort("unique_id", "ds")
    )
