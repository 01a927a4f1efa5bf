"""Forecasts of series drawn to forecasts of what they add up to."""

from __future__ import annotations

import polars as pl

from forecasting.classical import classical
from forecasting.complete_periods import complete_periods
from forecasting.reconcile import aggregate, reconcile
from forecasting.squared_change import squared_change

# Added to a variance (units²): a series that never changed is sure, but not beyond all doubt.
LEAST_VARIANCE = 1e-3
# Of a series with fewer than two periods (units²).
UNKNOWN_VARIANCE = 1.0


def reconcile_to_totals(
    forecast: pl.DataFrame, history: pl.DataFrame, attributes: pl.DataFrame, period_days: int
) -> pl.DataFrame:
    """Reconcile the forecasts of many series with classical ones of their sums, where totals are smoother than parts.

    Sums are forecast by ``classical``, with a season of a year where it was seen twice. Variances are mean squared
    changes from period to period, of series and sums alike (structure of ``reconcile``: minimum trace).

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` (number, zero or more): the same periods of every series, right
        behind the history.
    history
        ``unique_id``, ``ds`` and ``y`` (number), without gaps.
    attributes
        ``unique_id`` and the attributes (text) whose members' sums are forecast, beside the whole.
    period_days
        Length of a period.

    Returns
    -------
    pl.DataFrame
        ``unique_id``, ``ds``, ``y_hat`` of the series and of every sum, as ``reconcile`` returns them.

    Raises
    ------
    ValueError
        As in ``reconcile``.
    """
    known = history.select("unique_id", "ds", pl.col("y").cast(pl.Float64))
    sums = complete_periods(aggregate(known, attributes).slice(known.height), period_days)
    first = sums["ds"].min()
    steps = sums.with_columns(
        pl.col("y").fill_null(0.0), step=(pl.col("ds") - pl.lit(first)).dt.total_days() // period_days
    )
    ahead = classical(steps.select("unique_id", "step", "y"), 364 // period_days, forecast["ds"].n_unique())
    dated = ahead.with_columns(ds=pl.lit(first) + pl.duration(days=pl.col("step") * period_days))
    base = forecast.select("unique_id", "ds", "y_hat")
    summed = aggregate(base, attributes).slice(base.height)
    above = dated.select(base.columns).join(summed, on=["unique_id", "ds"], how="semi")
    return reconcile(with_variance(base, known), with_variance(above, steps), attributes)


def with_variance(forecast: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """The forecast with ``variance`` (units²): what its series changed from period to period."""
    known = squared_change(history).select("unique_id", variance="scale")
    joined = forecast.join(known, on="unique_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("variance").fill_null(UNKNOWN_VARIANCE) + LEAST_VARIANCE)
