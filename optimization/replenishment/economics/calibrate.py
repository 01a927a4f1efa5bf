"""How much a shortage must weigh so that orders would have cost least in the tenant's own past."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.economics.solve import solve
from optimization.replenishment.problem import KEY

WEIGHTS = (0.5, 0.7, 1.0, 1.4, 2.0)
STANDARD_ERRORS = 2.0  # by how many a weight must beat 1 to be taken


def calibrate(
    rounds: Sequence[ReplenishmentProblem],
    actual: np.ndarray,
    segment: Sequence[str],
    params: EconomicParams | None = None,
    weights: Sequence[float] = WEIGHTS,
) -> pl.DataFrame:
    """Replay past rounds with several weights of being short, and choose one per segment.

    Where forecasts are too narrow or too wide the costs as stated order too little or too much; a weight makes
    good for that. A segment keeps weight 1 unless another cost less in its items by two standard errors, for
    one stretch of history is little evidence.

    Parameters
    ----------
    rounds
        Problems at successive reviews, one period apart, each with what was forecast then; the same items and
        one option each, lost sales, lead times and reviews of whole periods that do not vary. Stock is that of
        the first; later stock follows from the replayed orders.
    actual
        Shape (items, rounds + longest lead time): demand that came, from the first round on.
    segment
        Segment of each item.
    params
        Settings; defaults if None.
    weights
        Weights tried; 1 is among them.

    Returns
    -------
    pl.DataFrame
        ``segment`` (str), ``items`` (int), ``weight`` (float), ``cost_ratio`` (float: replayed cost of the weight
        taken over that of weight 1), sorted.

    Raises
    ------
    ValueError
        When there are no rounds, an item has several options, or shapes do not fit.
    """
    if not rounds or 1.0 not in weights:
        raise ValueError("calibrate needs at least one round, and 1.0 among the weights")
    first = rounds[0]
    lead = _lead(first)
    needed = (first.items.height, len(rounds) + int(lead.max(initial=0)))
    if actual.shape != needed or len(segment) != needed[0]:
        raise ValueError(f"actual must have shape {needed} and segment {needed[0]} items, found {actual.shape}")
    cost = {weight: replayed_cost(rounds, actual, weight, params or EconomicParams()) for weight in weights}
    rows = []
    for name in sorted(set(segment)):
        inside = np.array([one == name for one in segment])
        base, best = cost[1.0][inside], 1.0
        for weight in weights:
            saved = base - cost[weight][inside]
            error = saved.std(ddof=1) * np.sqrt(saved.size) if saved.size > 1 else np.inf
            if saved.sum() > STANDARD_ERRORS * error and cost[weight][inside].sum() < cost[best][inside].sum():
                best = weight
        ratio = float(cost[best][inside].sum() / base.sum()) if base.sum() else 1.0
        rows.append((name, int(inside.sum()), float(best), ratio))
    schema = {"segment": pl.String, "items": pl.Int64, "weight": pl.Float64, "cost_ratio": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def replayed_cost(
    rounds: Sequence[ReplenishmentProblem], actual: np.ndarray, weight: float, params: EconomicParams
) -> np.ndarray:
    """Holding and shortage that each item would have cost had its orders been made with a weight.

    Parameters
    ----------
    rounds, actual, params
        As for ``calibrate``.
    weight
        Weight of being short.

    Returns
    -------
    np.ndarray
        Money, shape (items,), over the periods that the replayed orders could reach.
    """
    first, lead = rounds[0], _lead(rounds[0])
    items = np.arange(first.items.height)
    pipeline = _pipeline(first, actual.shape[1] + 1)
    short_cost, hold = _unit_costs(first)
    shelf, cost = np.zeros(items.size), np.zeros(items.size)
    for period in range(actual.shape[1]):
        if period < len(rounds):
            now = _with_stock(rounds[period], shelf, pipeline[:, period:], weight)
            pipeline[items, period + lead] += solve(now, params).lines["suggested_qty"].to_numpy()
        shelf += pipeline[:, period]
        sold = np.minimum(shelf, actual[:, period])
        shelf -= sold
        reached = period >= lead
        cost += np.where(reached, short_cost * (actual[:, period] - sold) + hold * shelf, 0.0)
    return cost


def _lead(problem: ReplenishmentProblem) -> np.ndarray:
    """Lead time of each item's one option."""
    same = problem.options.select(KEY).equals(problem.items.select(KEY))
    if not same or (problem.lead_time != problem.lead_time[:, :1]).any() or problem.items["backorder"].any():
        raise ValueError("calibrate needs one option per item in their order, certain lead times and lost sales")
    return problem.lead_time[:, 0].astype(np.int64)


def _unit_costs(problem: ReplenishmentProblem) -> tuple[np.ndarray, np.ndarray]:
    """Cost of a unit short, and of a unit held for a period."""
    joined = problem.items.select(
        short=pl.col("unit_price") + pl.col("shortage_cost") - problem.options["later_unit_cost"],
        hold=pl.col("holding_cost"),
    )
    return joined["short"].cast(pl.Float64).to_numpy(), joined["hold"].cast(pl.Float64).to_numpy()


def _pipeline(problem: ReplenishmentProblem, periods: int) -> np.ndarray:
    """Units that arrive in each period, on hand in the first; by the path in the middle where they vary."""
    rows = problem.items.select(KEY).with_row_index("item")
    item = problem.batches.join(rows, on=KEY, how="left", maintain_order="left")["item"].to_numpy()
    sign = np.where((problem.batches["bucket"] == "reserved").to_numpy(), -1.0, 1.0)
    when = np.median(problem.arrivals, axis=1).astype(np.int64)
    arriving = np.zeros((problem.items.height, periods))
    inside = when < periods
    np.add.at(arriving, (item[inside], when[inside]), (sign * problem.batches["quantity"].to_numpy())[inside])
    return np.maximum(arriving, 0.0)


def _with_stock(
    problem: ReplenishmentProblem, shelf: np.ndarray, pipeline: np.ndarray, weight: float
) -> ReplenishmentProblem:
    """The round with replayed stock and a weight."""
    keys, paths = problem.items.select(KEY), problem.demand.shape[1]
    parts = [("on_hand", shelf), *(("on_order", pipeline[:, period]) for period in range(pipeline.shape[1]))]
    batches = pl.concat(
        keys.with_columns(
            bucket=pl.lit(bucket),
            quantity=pl.Series(units).round().cast(pl.Int64),
            last_sellable_period=pl.lit(None, dtype=pl.Int64),
        )
        for bucket, units in parts
    )
    when = np.repeat([0, *range(pipeline.shape[1])], keys.height)
    return replace(
        problem,
        items=problem.items.with_columns(understock_weight=pl.lit(float(weight))),
        batches=batches,
        arrivals=np.repeat(when[:, None], paths, axis=1),
    )
