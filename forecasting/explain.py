"""Why a forecast is what it is: units by cause."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.boosted import BoostedModel
from forecasting.boosted.panel import with_planned
from forecasting.boosted.predict import mean_shares
from forecasting.boosted.windows import window_features
from forecasting.door import check_frame
from forecasting.model import Model
from forecasting.planned import planned_drivers
from forecasting.predict import predict

CAUSES = ("baseline", "season", "events", "promotion")
SEASON = ("season_", "year_ago", "level_year_ago", "weekday", "day_of_month")
EVENTS = ("event_",)
PROMOTION = ("x_", "like_periods")


def explain(model: Model, ids: list[str], horizon: int, planned: pl.DataFrame | None = None) -> pl.DataFrame:
    """Split the forecast of some series into baseline, season, events, and promotion and price, in units.

    Shapley values of the trees (Lundberg & Lee 2017, TreeSHAP), summed over the features of a cause. The mean's
    trees add up in logarithms: their difference from the base is shared out by logarithmic means (Ang 2004), so
    the causes add up to the forecast exactly; where its total was corrected (``boosted.totals``), all causes were, by
    the same factor. What history alone says, and what the average window sells, is the
    baseline; a series without trees, or a young one, is all baseline.

    Parameters
    ----------
    model
        A fitted model.
    ids
        The series to explain.
    horizon
        Periods ahead, at least 1.
    planned
        As for ``predict``.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``baseline``, ``season``, ``events``, ``promotion`` (float,
        base units per period; they add up to ``y_hat``), ``y_hat`` (float), sorted by series and period.

    Raises
    ------
    ValueError
        When a series is not in the model, or as in ``predict``.
    """
    unknown = sorted(set(ids) - set(model.series["unique_id"]))
    if unknown:
        raise ValueError(f"the model has not seen {unknown[:5]} ({len(unknown)} series): explain only what was fitted")
    forecast = predict(model, horizon, planned=planned).filter(pl.col("unique_id").is_in(ids))
    young = model.young.ids if model.young is not None else []
    of_trees = np.setdiff1d(ids, young)
    if model.boosted is None or not np.isin(of_trees, model.boosted.panel.ids).any():
        return forecast.with_columns(baseline=pl.col("y_hat"), season=0.0, events=0.0, promotion=0.0).select(COLUMNS)
    known = np.flatnonzero(np.isin(model.boosted.panel.ids, of_trees))
    reach = min(horizon, model.params.sum_periods[-1])
    drivers = planned_drivers(model.boosted.panel, planned, reach)
    parts = causes_of(model.boosted, known, reach, drivers, model.params.threads)
    parts = parts[:, np.minimum(np.arange(horizon), reach - 1)].reshape(-1, len(CAUSES))
    names = np.repeat(model.boosted.panel.ids[known], horizon)
    order = forecast.with_columns(step=pl.col("ds").rank("ordinal").over("unique_id"))
    shares = pl.DataFrame({"unique_id": names, "step": np.tile(np.arange(1, horizon + 1), known.size)}).with_columns(
        pl.Series(name, parts[:, k]) for k, name in enumerate(CAUSES)
    )
    joined = order.join(shares.with_columns(pl.col("step").cast(pl.UInt32)), on=["unique_id", "step"], how="left")
    total = pl.sum_horizontal(CAUSES, ignore_nulls=False)
    factor = pl.when(total > 0).then(pl.col("y_hat") / total)
    scaled = joined.with_columns(pl.col(CAUSES) * factor)
    whole = pl.col("baseline").fill_null(pl.col("y_hat"))
    return scaled.with_columns(whole, pl.col("season", "events", "promotion").fill_null(0.0)).select(COLUMNS)


def scale_causes(causes: pl.DataFrame, forecast: pl.DataFrame) -> pl.DataFrame:
    """The causes of a forecast that was changed since, such as that of goods that end: all by the same factor.

    Parameters
    ----------
    causes
        As ``explain`` returns them.
    forecast
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` (number) of at least the same series and periods.

    Returns
    -------
    pl.DataFrame
        ``causes`` that add up to the ``y_hat`` of ``forecast``; where there was nothing to scale, all is baseline.

    Raises
    ------
    ValueError
        When a column is missing or of another type.
    """
    check_frame(forecast, {"unique_id": "text", "ds": "date", "y_hat": "number"}, "forecast")
    changed = forecast.select("unique_id", "ds", after="y_hat")
    joined = causes.join(changed, on=["unique_id", "ds"], how="left", maintain_order="left")
    factor = pl.when(pl.col("y_hat") > 0).then(pl.col("after") / pl.col("y_hat"))
    whole = pl.coalesce(pl.col("baseline") * factor, "after")
    others = (pl.col(CAUSES[1:]) * factor).fill_null(0.0)
    return joined.with_columns(others, baseline=whole, y_hat=pl.col("after")).select(COLUMNS)


COLUMNS = ["unique_id", "ds", *CAUSES, "y_hat"]


def causes_of(model: BoostedModel, rows: np.ndarray, horizon: int, planned: np.ndarray, threads: int) -> np.ndarray:
    """Units by cause; shape (series, periods, causes)."""
    panel = with_planned(model.panel, planned)
    features, level, names = window_features(
        panel, rows, panel.periods - 1, [(step, step) for step in range(1, horizon + 1)]
    )
    flat = features.reshape(-1, features.shape[2])
    cause = np.array([cause_of(name) for name in names])
    mean, median = (
        booster.predict(flat, pred_contrib=True, num_threads=threads)
        for booster in (model.trees.mean, model.trees.median)
    )
    log_units = by_cause(mean, cause)
    total, base = log_units.sum(1), mean[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_mean = np.where(np.abs(total - base) > 1e-9, (np.exp(total) - np.exp(base)) / (total - base), np.exp(base))
    log_units[:, 0] -= base
    of_mean = log_units * log_mean[:, None]
    of_mean[:, 0] += np.exp(base)
    of_median = by_cause(median, cause)
    # Demand is never negative: where the median's trees say so, the baseline makes up for it.
    of_median[:, 0] += np.maximum(-of_median.sum(1), 0)
    share = np.tile(mean_shares(model)[rows], horizon)[:, None]
    units = share * of_mean + (1 - share) * of_median
    return units.reshape(horizon, rows.size, len(CAUSES)).transpose(1, 0, 2) * level[:, None, None]


def cause_of(name: str) -> int:
    """Number of the cause a feature belongs to."""
    if name.startswith(PROMOTION):
        return CAUSES.index("promotion")
    if name.startswith(EVENTS):
        return CAUSES.index("events")
    return CAUSES.index("season" if name.startswith(SEASON) else "baseline")


def by_cause(contributions: np.ndarray, cause: np.ndarray) -> np.ndarray:
    """Shapley values summed by cause; the expected value, their last column, is baseline."""
    summed = np.stack([contributions[:, :-1][:, cause == number].sum(1) for number in range(len(CAUSES))], axis=1)
    summed[:, 0] += contributions[:, -1]
    return summed
