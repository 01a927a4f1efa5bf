"""Possible futures, period by period, whose sums have the forecast quantiles."""

from __future__ import annotations

import zlib

import numpy as np
import polars as pl

from forecasting.demand_over import demand_over, quantile_column
from forecasting.model import Model


def sample_paths(
    model: Model, horizon: int, paths: int = 200, planned: pl.DataFrame | None = None, seed: int = 0
) -> pl.DataFrame:
    """Draw futures of every series.

    Each length's sum takes every one of ``paths`` evenly spaced quantiles once (of ``demand_over``), so the
    paths agree with the quantiles an order is made from. Which quantiles come together on one path is the
    order of random walks with a persisting error of the level, as in the Schaake shuffle (Clark et al. 2004,
    Journal of Hydrometeorology 5). Where a path would fall from one period to the next it stays level.

    Parameters
    ----------
    model
        A fitted model.
    horizon
        Periods ahead, at least 1.
    paths
        Futures of each series. Default 200.
    planned
        As for ``demand_over``.
    seed
        Of the draw; a series' paths depend on it and its ``unique_id`` alone.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``path`` (int, from 0), ``step`` (int, from 1), ``y`` (float, base units, zero or
        more, whole where the history is), sorted.

    Raises
    ------
    ValueError
        When ``horizon`` or ``paths`` is below 1, or as in ``demand_over``.
    """
    for name, value in (("horizon", horizon), ("paths", paths)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, found {value!r}")
    ids = model.series["unique_id"]
    steps = pl.DataFrame({"periods": range(1, horizon + 1)}, schema={"periods": pl.Int64})
    levels = [(path + 0.5) / paths for path in range(paths)]
    sums = demand_over(model, pl.DataFrame({"unique_id": ids}).join(steps, how="cross"), levels, planned)
    values = sums.select(quantile_column(level) for level in levels).to_numpy().reshape(ids.len(), horizon, paths)
    cumulated = np.empty((ids.len(), paths, horizon))
    for number, series in enumerate(ids):
        rank = ranks(series, horizon, paths, seed, model.params.window)
        cumulated[number] = np.take_along_axis(values[number].T, rank, axis=0)
    cumulated = np.maximum.accumulate(cumulated, axis=2)
    demand = np.diff(cumulated, axis=2, prepend=0.0)
    return pl.DataFrame(
        {
            "unique_id": ids.gather(np.repeat(np.arange(ids.len()), paths * horizon)),
            "path": np.tile(np.repeat(np.arange(paths), horizon), ids.len()),
            "step": np.tile(np.arange(1, horizon + 1), ids.len() * paths),
            "y": demand.ravel(),
        }
    )


def ranks(series: str, horizon: int, paths: int, seed: int, window: int) -> np.ndarray:
    """Place of each path's sum among all paths, for every length; shape (paths, horizon)."""
    random = np.random.default_rng([seed, zlib.crc32(series.encode())])
    level = random.standard_normal((paths, 1)) / np.sqrt(window)
    walks = np.cumsum(random.standard_normal((paths, horizon)) + level, axis=1)
    return np.argsort(np.argsort(walks, axis=0), axis=0)
