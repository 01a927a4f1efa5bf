"""Quantiles of demand over an interval whose length is itself not certain."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from forecasting.demand_over import demand_over, quantile_column
from forecasting.door import check_frame, check_levels
from forecasting.model import Model

# Equally likely values that stand for the demand over one length.
VALUES = 100


def demand_over_random(
    model: Model, lengths: pl.DataFrame, levels: Iterable[float], planned: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Mean and quantiles of demand over an interval that may last any of several lengths.

    The law of the demand is the mixture of those over each length: a supplier who is sometimes late widens
    it by more than the demand of an average wait.

    Parameters
    ----------
    model
        A fitted model.
    lengths
        ``unique_id`` (text) and ``periods`` (number, zero or more): each row one length, all of a series
        equally likely (draws from its lead times, plus the review interval).
    levels
        Quantile levels, each in (0, 1).
    planned
        As for ``demand_over``.

    Returns
    -------
    pl.DataFrame
        ``unique_id``, ``y_hat`` (float), ``q_<level>`` (float) …, one row per series, sorted; null for a
        series that the model has not seen.

    Raises
    ------
    ValueError
        As ``demand_over``.
    """
    levels = check_levels(levels)
    check_frame(lengths, {"unique_id": "text", "periods": "number"}, "lengths")
    grid = [(value + 0.5) / VALUES for value in range(VALUES)]
    counted = lengths.group_by("unique_id", "periods").len("weight").sort("unique_id", "periods")
    over = demand_over(model, counted, grid, planned)
    names = [quantile_column(level) for level in grid]
    parts = []
    for (series,), rows in over.group_by("unique_id", maintain_order=True):
        weight = rows["weight"].to_numpy()
        mean = (rows["y_hat"] * rows["weight"]).sum() / weight.sum() if rows["y_hat"].null_count() == 0 else None
        values = rows.select(names).to_numpy().ravel() if mean is not None else np.full(VALUES * rows.height, np.nan)
        parts.append((series, mean, *weighted_quantiles(values, np.repeat(weight, VALUES), levels)))
    asked = [quantile_column(level) for level in levels]
    schema = {"unique_id": pl.String, "y_hat": pl.Float64, **dict.fromkeys(asked, pl.Float64)}
    return pl.DataFrame(parts, schema=schema, orient="row").with_columns(pl.col(asked).fill_nan(None))


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, levels: list[float]) -> list[float]:
    """The smallest value that at least a share of the weight does not exceed, for each level."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    return [float(values[order][min(np.searchsorted(share, level - 1e-12), values.size - 1)]) for level in levels]
