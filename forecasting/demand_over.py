"""Quantiles of demand summed over a protection interval."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_levels, refuse_rows
from forecasting.error_quantiles import level_uncertainty
from forecasting.model import Model


def quantile_column(level: float) -> str:
    """Name of the column that holds a quantile: ``q_0.95``."""
    return f"q_{level:g}"


def demand_over(model: Model, periods: pl.DataFrame, levels: Iterable[float]) -> pl.DataFrame:
    """Mean and quantiles of the demand summed over an interval, series by series.

    The mean is level × periods. A quantile adds the pool's error quantile × sigma × √periods; error
    quantiles between two measured lengths are interpolated, beyond the longest they widen with the
    persisting error of the level.

    Parameters
    ----------
    model
        A fitted model.
    periods
        ``unique_id`` (text) and ``periods`` (number, zero or more, fractions allowed); a series may occur
        several times. Other columns are kept.
    levels
        Quantile levels, each in (0, 1).

    Returns
    -------
    pl.DataFrame
        The rows of ``periods`` in their order, with ``y_hat`` (float) and ``q_<level>`` (float) for each
        level, in base units, never negative, rising with the level. All null for a series that the model
        has not seen.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a length is negative or not finite, or a level is
        outside (0, 1).
    """
    levels = check_levels(levels)
    check_frame(periods, {"unique_id": "text", "periods": "number"}, "periods")
    length = pl.col("periods").cast(pl.Float64)
    refuse_rows(periods, (length < 0) | ~length.is_finite(), "periods", "must be zero or more", "periods")
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
    columns = [
        pl.Series("y_hat", mean),
        *(pl.Series(quantile_column(q), sums[:, k]) for k, q in enumerate(levels)),
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
