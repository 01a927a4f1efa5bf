"""One weight of being short per segment, by what it would have saved, and no more than the evidence is good for."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.calibration.replay import replayed_costs
from optimization.replenishment.problem import KEY

WEIGHTS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
PRIOR_ORIGINS = 4.0  # origins that speak for no correction
INTERVALS = {
    "sku_id": "text",
    "location_id": "text",
    "cutoff": "date",
    "segment": "text",
    "demand": "number",
    "in_stock": "bool",
    "short_cost": "number",
    "over_cost": "number",
}
FOUND = {
    "segment": pl.String,
    "weight": pl.Float64,
    "best_weight": pl.Float64,
    "trust": pl.Float64,
    "items": pl.Int64,
    "origins": pl.Int64,
    "usual_cost": pl.Float64,
    "saved_cost": pl.Float64,
    "saved_error": pl.Float64,
}


def calibrate(intervals: pl.DataFrame, quantiles: np.ndarray, levels: Sequence[float]) -> pl.DataFrame:
    """Choose a weight of being short for each segment by replaying past protection intervals.

    The weight that would have cost a segment least is drawn towards 1, on its logarithm, by how sure its saving is and
    by how much history there is: by (1 − (error / saving)²), never below nought (the positive part of James and Stein),
    and by origins / (origins + 4). The error is the larger of those between items and between origins: items of one
    origin share its weather, and origins of one item its ways. One origin has no error and changes nothing.

    Parameters
    ----------
    intervals
        ``sku_id``, ``location_id``, ``segment`` (text), ``cutoff`` (date: last day known to the forecast), ``demand``
        (units that came), ``in_stock`` (bool), ``short_cost`` (money per unit short, ≥ 0), ``over_cost`` (money per
        unit left over, > 0); a SKU, location and cutoff once.
    quantiles, levels
        As for ``replayed_costs``, forecast at each cutoff.

    Returns
    -------
    pl.DataFrame
        ``segment``, ``weight`` (to be used), ``best_weight`` (of lowest cost), ``trust`` (0 to 1: how far the one was
        drawn to the other), ``items``, ``origins`` (int), ``usual_cost`` (money by weight 1), ``saved_cost`` (money by
        ``best_weight`` less), ``saved_error`` (its standard error; null for one origin), sorted by segment.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(intervals, INTERVALS, "intervals")
    check_unique(intervals, [*KEY, "cutoff"], "intervals")
    refuse_rows(intervals, ~(pl.col("short_cost") >= 0), "short_cost", "must be zero or more", "intervals")
    refuse_rows(intervals, ~(pl.col("over_cost") > 0), "over_cost", "must be above zero", "intervals")
    numbers = (intervals[name].cast(pl.Float64).to_numpy() for name in ("demand", "short_cost", "over_cost"))
    demand, short, over = numbers
    costs = replayed_costs(quantiles, levels, demand, intervals["in_stock"].to_numpy(), short, over, WEIGHTS)
    numbered = intervals.with_row_index("row").with_columns(
        item=pl.struct(KEY).rank("dense"), origin=pl.col("cutoff").rank("dense")
    )
    rows = []
    for (segment,), part in numbered.group_by("segment"):
        mine = costs[part["row"].to_numpy()]
        rows.append((segment, *_chosen(mine, part["item"].to_numpy(), part["origin"].to_numpy())))
    return pl.DataFrame(rows, schema=FOUND, orient="row").sort("segment")


def _chosen(costs: np.ndarray, item: np.ndarray, origin: np.ndarray) -> tuple:
    """What `calibrate` tells of one segment, its name left out."""
    usual = costs[:, WEIGHTS.index(1.0)]
    # No correction saves exactly nought, so the best saves no less, whatever rounding does to sums of costs.
    savings = usual[:, None] - costs
    totals = savings.sum(axis=0)
    best = int(totals.argmax())
    saved, total = savings[:, best], float(totals[best])
    origins = int(np.unique(origin).size)
    error = max(_error(saved, item), _error(saved, origin))
    trust = max(0.0, 1 - (error / total) ** 2) * origins / (origins + PRIOR_ORIGINS) if total > 0 else 0.0
    told = None if not np.isfinite(error) else error
    weight = float(WEIGHTS[best] ** trust)
    return weight, WEIGHTS[best], trust, int(np.unique(item).size), origins, float(usual.sum()), total, told


def _error(saved: np.ndarray, cluster: np.ndarray) -> float:
    """Standard error of the sum, by what the clusters sum to; endless for one cluster."""
    sums = np.bincount(np.unique(cluster, return_inverse=True)[1], saved)
    return float(sums.std(ddof=1) * np.sqrt(sums.size)) if sums.size > 1 else np.inf
