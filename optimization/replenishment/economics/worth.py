"""What stock is worth to some items, whatever is ordered: for what is decided beside the orders."""

import numpy as np
import polars as pl

from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.futures import outcomes
from optimization.replenishment.economics.offers import filled_up_to, first_later
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.problem import KEY


def of_items(problem: ReplenishmentProblem, keys: pl.DataFrame) -> ReplenishmentProblem:
    """The part of a problem with one option per item that these items are, by themselves: no limits, no terms.

    Parameters
    ----------
    problem
        One option per item, in the items' order.
    keys
        ``sku_id``, ``location_id``.
    """
    rows = problem.items.with_row_index("row").join(keys, on=KEY, how="semi", maintain_order="left")
    row = rows["row"].to_numpy()
    batches = problem.batches.with_row_index("batch").join(keys, on=KEY, how="semi", maintain_order="left")
    return ReplenishmentProblem(
        items=rows.drop("row"),
        options=problem.options[row],
        demand=problem.demand[row],
        lead_time=problem.lead_time[row],
        next_arrival=problem.covered_until()[row],
        batches=batches.drop("batch"),
        arrivals=problem.arrivals[batches["batch"].to_numpy()],
        suppliers=problem.suppliers,
        storage=problem.storage,
        as_of_date=problem.as_of_date,
    )


def worth_of(problem: ReplenishmentProblem, quantity: np.ndarray) -> np.ndarray:
    """Money earned with so many units more, or less, on the day an order of today would come; the purchase aside.

    Parameters
    ----------
    problem
        One option per item.
    quantity
        Shape (items, candidates): units; below zero where they are taken away.

    Returns
    -------
    np.ndarray
        Money, mean over the paths; shape (items, candidates).
    """
    arrays = Arrays.of(problem)
    level = filled_up_to(problem, arrays, first_later(arrays))
    return outcomes(arrays, quantity.astype(np.float64), level).earned
