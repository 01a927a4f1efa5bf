"""Quantiles of demand summed over a protection interval."""

from collections.abc import Iterable
from statistics import NormalDist

import numpy as np
import polars as pl

from forecasting.boosted import forecast_periods, forecast_sums
from forecasting.boosted.fit import LEVELS
from forecasting.door import check_frame, check_levels, refuse_rows
from forecasting.error_quantiles import level_uncertainty
from forecasting.model import Model
from forecasting.planned import planned_drivers


def quantile_column(level: float) -> str:
    """Name of the column that holds a quantile: ``q_0.95``."""
    return f"q_{level:g}"


def demand_over(
    model: Model, periods: pl.DataFrame, levels: Iterable[float], planned: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Mean and quantiles of the demand summed over an interval that begins now, series by series.

    Trees know the sums over ``params.sum_periods``: other lengths are interpolated; beyond the longest the
    mean goes on at its average rate, and quantiles widen with the persisting error of the level. A series
    without trees has mean level × periods, and quantiles from its pool's errors.

    Parameters
    ----------
    model
        A fitted model.
    periods
        ``unique_id`` (text) and ``periods`` (number, zero or more, fractions allowed); a series may occur
        several times. Other columns are kept.
    levels
        Quantile levels, each in (0, 1).
    planned
        Drivers ahead, where the history has drivers: ``unique_id``, ``ds`` and every ``x_…`` of the history.

    Returns
    -------
    pl.DataFrame
        The rows of ``periods`` in their order, with ``y_hat`` (float) and ``q_<level>`` (float) for each
        level, in base units, never negative, rising with the level, whole where the history is. All null for
        a series that the model has not seen.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a length is negative or not finite, a level is outside
        (0, 1), or a driver is missing from the plan.
    """
    levels = check_levels(levels)
    check_frame(periods, {"unique_id": "text", "periods": "number"}, "periods")
    length = pl.col("periods").cast(pl.Float64)
    refuse_rows(periods, (length < 0) | ~length.is_finite(), "periods", "must be zero or more", "periods")
    result = demand_over_levels(model, periods, levels)
    if model.boosted is not None:
        result = with_boosted(result, model, levels, planned)
    return result if model.young is None else with_young(result, model, levels)


def demand_over_levels(model: Model, periods: pl.DataFrame, levels: list[float]) -> pl.DataFrame:
    """The same by each series' level: the mean and its pool's error quantile × sigma × √periods."""
    joined = periods.join(
        model.series.select("unique_id", "pool", "level", "sigma"),
        on="unique_id",
        how="left",
        maintain_order="left",
    )
    long, level, sigma = (joined[name].cast(pl.Float64).to_numpy() for name in ("periods", "level", "sigma"))
    mean = long * level
    spread = np.full((joined.height, len(levels)), np.nan)
    for (pool,), rows in joined.with_row_index().group_by("pool"):
        if pool is not None:
            index = rows["index"].to_numpy()
            spread[index] = error_quantiles(model, pool, long[index], levels)
    sums = np.clip(mean[:, None] + spread * (sigma * np.sqrt(long))[:, None], 0.0, None)
    return with_columns(periods, mean, whole(sums, model.whole_units), levels)


def with_columns(periods: pl.DataFrame, mean: np.ndarray, sums: np.ndarray, levels: list[float]) -> pl.DataFrame:
    """The frame with ``y_hat`` and a column for each level; NaN becomes null."""
    columns = [
        pl.Series("y_hat", mean),
        *(pl.Series(quantile_column(level), sums[:, k]) for k, level in enumerate(levels)),
    ]
    return periods.with_columns(column.fill_nan(None) for column in columns)


def error_quantiles(model: Model, pool: str, periods: np.ndarray, levels: list[float]) -> np.ndarray:
    """Scaled error quantiles of a pool for lengths and levels; shape (lengths, levels)."""
    measured = np.array([np.interp(levels, model.probabilities, row) for row in model.errors[pool]])
    lengths = np.array(model.params.sum_periods, dtype=float)
    inside = np.clip(periods, lengths[0], lengths[-1])
    between = np.column_stack([np.interp(inside, lengths, measured[:, k]) for k in range(len(levels))])
    window = model.params.window
    beyond = level_uncertainty(np.maximum(periods, lengths[-1]), window) / level_uncertainty(lengths[-1], window)
    return between * beyond[:, None]


def with_boosted(result: pl.DataFrame, model: Model, levels: list[float], planned: pl.DataFrame | None) -> pl.DataFrame:
    """The frame with the trees' forecast in the rows of the series that they know."""
    boosted, params = model.boosted, model.params
    lengths = params.sum_periods
    drivers = planned_drivers(boosted.panel, planned, lengths[-1])
    single, _ = forecast_periods(boosted, lengths[-1], drivers, params.threads, with_quantiles=False)
    _, sums = forecast_sums(boosted, lengths, drivers, params.threads)
    row = pl.DataFrame({"unique_id": boosted.panel.ids}).with_row_index("row")
    joined = result.join(row, on="unique_id", how="left", maintain_order="left")
    known = joined["row"].is_not_null().to_numpy()
    rows, length = joined["row"].to_numpy()[known].astype(int), joined["periods"].cast(pl.Float64).to_numpy()[known]
    mean, table = (joined.select("y_hat", *map(quantile_column, levels)).to_numpy()[:, s] for s in (0, slice(1, None)))
    mean, table = mean.copy(), table.copy()
    cumulated = np.concatenate([np.zeros((len(single), 1)), np.cumsum(single, axis=1)], axis=1)
    mean[known] = mean_over(cumulated[rows], length)
    at_lengths = np.maximum.accumulate(at_levels(sums, levels), axis=1)
    over = quantiles_over(at_lengths[rows], cumulated[rows][:, list(lengths)], length, lengths, params.window)
    table[known] = whole(over, model.whole_units)
    return with_columns(result.drop("y_hat", *map(quantile_column, levels)), mean, table, levels)


def with_young(result: pl.DataFrame, model: Model, levels: list[float]) -> pl.DataFrame:
    """The frame with what is expected of young series, and of those to come, in their rows."""
    row = pl.DataFrame({"unique_id": model.young.ids}, schema={"unique_id": pl.String}).with_row_index("row")
    joined = result.join(row, on="unique_id", how="left", maintain_order="left")
    known = joined["row"].is_not_null().to_numpy()
    rows, length = joined["row"].to_numpy()[known].astype(int), joined["periods"].cast(pl.Float64).to_numpy()[known]
    table = joined.select("y_hat", *map(quantile_column, levels)).to_numpy().astype(float)
    mean, quantiles = model.young.demand(rows, np.zeros(rows.size), length, levels)
    table[known] = np.column_stack([mean, whole(quantiles, model.whole_units)])
    return with_columns(result.drop("y_hat", *map(quantile_column, levels)), table[:, 0], table[:, 1:], levels)


def mean_over(cumulated: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Mean demand over ``length`` periods, from that over 0, 1, 2 … periods; shape (rows,)."""
    longest = cumulated.shape[1] - 1
    inside = np.minimum(length, longest)
    lower = np.minimum(inside.astype(int), longest - 1)
    index = np.arange(length.size)
    between = cumulated[index, lower] + (inside - lower) * (cumulated[index, lower + 1] - cumulated[index, lower])
    return between * np.maximum(length / longest, 1)


def quantiles_over(
    sums: np.ndarray, means: np.ndarray, length: np.ndarray, lengths: tuple[int, ...], window: int
) -> np.ndarray:
    """Quantiles of sums over ``length`` periods, from those over ``lengths``.

    Parameters
    ----------
    sums, means
        Quantiles and means over ``lengths``; shapes (rows, lengths, levels) and (rows, lengths).
    length
        Shape (rows,).
    lengths
        Rising from 1.
    window
        As in ``level_uncertainty``.

    Returns
    -------
    np.ndarray
        Shape (rows, levels).
    """
    grid, index = np.array(lengths, dtype=float), np.arange(length.size)
    upper = np.clip(np.searchsorted(grid, length), 1, grid.size - 1) if grid.size > 1 else np.zeros(length.size, int)
    lower = np.maximum(upper - 1, 0)
    gap = np.maximum(grid[upper] - grid[lower], 1)
    share = (np.clip(length, 1, grid[-1]) - grid[lower]) / gap
    result = sums[index, lower] + share[:, None] * (sums[index, upper] - sums[index, lower])
    short = length < 1
    off = (sums[short, 0] - means[short, :1]) * np.sqrt(length[short])[:, None]
    result[short] = means[short, :1] * length[short, None] + off
    far = length > grid[-1]
    factor = length[far] / grid[-1]
    wider = np.sqrt(factor) * level_uncertainty(length[far], window) / level_uncertainty(grid[-1], window)
    off = (sums[far, -1] - means[far, -1:]) * wider[:, None]
    result[far] = np.maximum(means[far, -1:] * factor[:, None] + off, sums[far, -1])
    return np.maximum(result, 0)


def at_levels(quantiles: np.ndarray, levels: list[float]) -> np.ndarray:
    """Quantiles at other levels than ``LEVELS``: straight lines over the normal score, never negative.

    Parameters
    ----------
    quantiles
        At ``LEVELS``, the last axis.
    levels
        Rising, each in (0, 1).

    Returns
    -------
    np.ndarray
        The last axis is that of ``levels``.
    """
    known, asked = (np.array([NormalDist().inv_cdf(level) for level in grid]) for grid in (LEVELS, levels))
    upper = np.clip(np.searchsorted(known, asked), 1, known.size - 1)
    share = (asked - known[upper - 1]) / (known[upper] - known[upper - 1])
    below, above = quantiles[..., upper - 1], quantiles[..., upper]
    return np.maximum(below + share * (above - below), 0)


def whole(quantiles: np.ndarray, whole_units: bool) -> np.ndarray:
    """Quantiles rounded to the nearest whole unit, where demand comes in whole units."""
    return np.floor(quantiles + 0.5) if whole_units else quantiles


def unpivot_quantiles(quantiles: pl.DataFrame) -> pl.DataFrame:
    """Turn ``q_<level>`` columns into rows: the other columns, then ``level`` and ``quantity`` (float).

    Rows keep their order, levels rise within a row. A frame without quantile columns raises ``ValueError``.
    """
    found = [name for name in quantiles.columns if name.startswith("q_")]
    if not found:
        raise ValueError(f"no q_<level> column among {quantiles.columns}")
    others = [name for name in quantiles.columns if name not in found]
    parts = [
        quantiles.with_row_index("_row").select(
            "_row", *others, level=pl.lit(float(name[2:])), quantity=pl.col(name).cast(pl.Float64)
        )
        for name in found
    ]
    return pl.concat(parts).sort("_row", "level").drop("_row")
