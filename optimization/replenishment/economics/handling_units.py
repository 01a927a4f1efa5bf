"""Whole pallets and layers: what receiving an order costs by the units it comes in, and quantities that fill them."""

import numpy as np
import polars as pl

from optimization.replenishment.economics.problem import OPTION_KEY, ReplenishmentProblem


def receiving_cost(problem: ReplenishmentProblem, quantity: np.ndarray) -> np.ndarray:
    """What it costs to receive and put away candidates; shape (options, candidates).

    A quantity comes in as many of the largest unit as it holds, the rest in the next smaller ones: a whole pallet is
    one unit, what is over comes in layers and loose packs.
    """
    cost = np.zeros(quantity.shape)
    for option, sizes, each in _units(problem):
        rest = quantity[option].astype(np.int64)
        for size in sizes[:-1]:
            cost[option] += each * (rest // size)
            rest = rest % size
        cost[option] += each * -(-rest // sizes[-1])
    return cost


def in_whole_units(problem: ReplenishmentProblem, quantity: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Candidates of which every other is rounded to the largest unit that it fills by half, where there are units.

    Parameters
    ----------
    problem
        The problem.
    quantity
        Shape (options, candidates), int, rising, nothing first.
    most
        Shape (options,): no candidate is above.
    """
    found = quantity.copy()
    moq, step = (problem.options[name].cast(pl.Int64).to_numpy() for name in ("moq", "order_step"))
    for option, sizes, _ in _units(problem):
        row = found[option]
        for size in (size for size in sizes if size % step[option] == 0):
            free = np.flatnonzero((np.arange(row.size) % 2 == 0) & (2 * row >= size) & (quantity[option] == row))
            whole = (row[free] + size // 2) // size * size
            row[free] = np.where((whole >= moq[option]) & (whole <= most[option]), whole, row[free])
        found[option] = np.sort(row)
    return found


def _units(problem: ReplenishmentProblem) -> list[tuple[int, list[int], float]]:
    """Rows of the options that come in units, their sizes (largest first) and what one unit costs."""
    rows = problem.options.select(OPTION_KEY).with_row_index("option")
    told = problem.handling_units.join(rows, on=OPTION_KEY).sort("option", "size", descending=[False, True])
    grouped = told.group_by("option", maintain_order=True).agg("size", pl.col("cost").first())
    return [(option, sizes, cost) for option, sizes, cost in grouped.iter_rows() if cost > 0]
