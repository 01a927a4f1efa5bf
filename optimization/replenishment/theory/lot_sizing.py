"""Lots for demand that is known and uneven."""

import numpy as np
from numpy.typing import ArrayLike

from optimization.replenishment.theory.arguments import not_negative


def wagner_whitin(
    fixed_cost: ArrayLike, holding_cost: ArrayLike, demand: ArrayLike, purchase_cost: ArrayLike = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Cheapest orders that meet every period's demand on time, exact, for many items at once.

    Wagner and Whitin (1958), "Dynamic version of the economic lot size model", Management Science 5(1);
    Snyder and Shen (2019), section 3.7. An order covers whole periods, so cost is found from the last period
    back over the period that the order lasts to.

    Parameters
    ----------
    fixed_cost
        Money per order: a number, or one per item.
    holding_cost
        Money per unit and period, on what is left at its end: a number, or one per item.
    demand
        Units by item and period, shape (items, periods); one row may be given flat.
    purchase_cost
        Money per unit, a number or shape (items, periods). Default 0.

    Returns
    -------
    (ndarray of float, ndarray of float)
        Orders (units) in the shape of ``demand``, and the cost of each item (money).

    Raises
    ------
    ValueError
        When a value is below zero or not finite.
    """
    given = not_negative("demand", demand)
    units = np.atleast_2d(given)
    items, periods = units.shape
    price = np.broadcast_to(not_negative("purchase_cost", purchase_cost), units.shape)
    fixed = np.broadcast_to(not_negative("fixed_cost", fixed_cost), items)
    holding = np.broadcast_to(not_negative("holding_cost", holding_cost), items)
    best, lasts_to = np.zeros((items, periods + 1)), np.zeros((items, periods), dtype=np.int64)
    for first in reversed(range(periods)):
        ahead = np.arange(periods - first)
        bought = np.cumsum(units[:, first:], axis=1)
        held = np.cumsum(units[:, first:] * ahead, axis=1) * holding[:, None]
        cost = fixed[:, None] + held + price[:, first, None] * bought + best[:, first + 1 :]
        choice = np.argmin(cost, axis=1)
        best[:, first], lasts_to[:, first] = np.min(cost, axis=1), first + 1 + choice
        # Without demand now, waiting costs nothing.
        waits = (units[:, first] == 0) & (best[:, first + 1] <= best[:, first])
        best[waits, first], lasts_to[waits, first] = best[waits, first + 1], first + 1
    return _orders(units, lasts_to).reshape(given.shape), best[:, 0].reshape(given.shape[:-1])


def _orders(units: np.ndarray, lasts_to: np.ndarray) -> np.ndarray:
    """Walk each item from order to order."""
    items, periods = units.shape
    through = np.concatenate([np.zeros((items, 1)), np.cumsum(units, axis=1)], axis=1)
    orders, due, rows = np.zeros_like(units), np.zeros(items, dtype=np.int64), np.arange(items)
    for period in range(periods):
        now = due == period
        end = np.where(now, lasts_to[:, period], due)
        orders[:, period] = np.where(now, through[rows, end] - through[:, period], 0)
        due = end
    return orders
