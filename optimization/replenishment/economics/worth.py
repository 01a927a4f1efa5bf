"""What stock is worth to some items, whatever is ordered: for what is decided beside the orders."""

import numpy as np

from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.futures import outcomes
from optimization.replenishment.economics.offers import filled_up_to, first_later
from optimization.replenishment.economics.problem import ReplenishmentProblem


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
