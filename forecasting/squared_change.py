"""How much series move from period to period."""

from __future__ import annotations

import polars as pl


def squared_change(history: pl.DataFrame) -> pl.DataFrame:
    """Mean squared change from period to period of every series.

    Parameters
    ----------
    history
        ``unique_id``, ``ds``, ``y``.

    Returns
    -------
    pl.DataFrame
        ``unique_id``, ``scale`` (float, units²; null with fewer than two periods).
    """
    ordered = history.sort("unique_id", "ds")
    return ordered.group_by("unique_id").agg(scale=(pl.col("y").diff() ** 2).mean())
