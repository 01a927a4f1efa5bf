"""What past protection intervals would have cost, ordered up to the quantile that a weight of being short asks for."""

from collections.abc import Sequence

import numpy as np

FUTURES = 16  # of a demand that was cut off by empty shelves


def replayed_costs(
    quantiles: np.ndarray,
    levels: Sequence[float],
    demand: np.ndarray,
    in_stock: np.ndarray,
    short_cost: np.ndarray,
    over_cost: np.ndarray,
    weights: Sequence[float],
) -> np.ndarray:
    """Money that each interval would have cost by each weight.

    With weight w the position is filled up to the quantile at w·s / (w·s + o), where s is what a unit short costs and
    o a unit left over (the newsvendor's critical ratio, its shortage weighed); what came then costs s per unit short
    and o per unit left, unweighed. Demand of an interval with empty shelves was at least what was sold: it is taken as
    the forecast has it beyond that, which speaks for no weight.

    Parameters
    ----------
    quantiles
        float, shape (intervals, levels), rising along a row.
    levels
        Their levels, rising, each in (0, 1). A ratio beyond them takes the outermost.
    demand
        float, shape (intervals,): units that came.
    in_stock
        bool, shape (intervals,): whether that was all that was wanted.
    short_cost, over_cost
        float, shape (intervals,), ≥ 0 and > 0.
    weights
        Weights, each above zero.

    Returns
    -------
    np.ndarray
        float, shape (intervals, weights).

    Raises
    ------
    ValueError
        When shapes do not fit, levels do not rise, or a weight or cost is outside its domain.
    """
    levels = np.asarray(levels, dtype=float)
    shapes = {array.shape for array in (demand, in_stock, short_cost, over_cost)}
    if shapes != {(quantiles.shape[0],)} or quantiles.shape[1:] != levels.shape:
        raise ValueError(f"quantiles are {quantiles.shape}, levels {levels.shape}, the rest {shapes}: they do not fit")
    if (np.diff(levels) <= 0).any() or not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"levels must rise within (0, 1), found {levels.tolist()}")
    if not (short_cost >= 0).all() or not (over_cost > 0).all() or not all(weight > 0 for weight in weights):
        raise ValueError("short_cost must be zero or more, over_cost and weights above zero")
    wanted = _wanted(quantiles, levels, demand, in_stock)
    costs = np.empty((demand.size, len(weights)))
    for column, weight in enumerate(weights):
        ratio = weight * short_cost / (weight * short_cost + over_cost)
        position = _at(quantiles, levels, ratio)[:, None]
        short, over = np.maximum(wanted - position, 0).mean(axis=1), np.maximum(position - wanted, 0).mean(axis=1)
        costs[:, column] = short_cost * short + over_cost * over
    return costs


def _at(quantiles: np.ndarray, levels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The quantile of each row at its own level, by straight lines between those given; shape (rows,)."""
    upper = np.clip(np.searchsorted(levels, asked), 1, levels.size - 1)
    rows = np.arange(asked.size)
    share = np.clip((asked - levels[upper - 1]) / (levels[upper] - levels[upper - 1]), 0, 1)
    return quantiles[rows, upper - 1] * (1 - share) + quantiles[rows, upper] * share


def _wanted(quantiles: np.ndarray, levels: np.ndarray, demand: np.ndarray, in_stock: np.ndarray) -> np.ndarray:
    """Demand of each interval, of one that was cut off its futures beyond what came; shape (intervals, FUTURES)."""
    wanted = np.repeat(demand[:, None].astype(float), FUTURES, axis=1)
    for row in np.flatnonzero(~in_stock):
        known = np.interp(demand[row], quantiles[row], levels)
        beyond = known + (1 - known) * (np.arange(FUTURES) + 0.5) / FUTURES
        wanted[row] = np.maximum(demand[row], np.interp(beyond, levels, quantiles[row]))
    return wanted
