"""One central warehouse before regional ones, for many items at once."""

import numpy as np
from numpy.typing import ArrayLike

from optimization.replenishment.theory.arguments import not_negative


def central_stock(
    central_lead_time: ArrayLike,
    regional_lead_time: ArrayLike,
    central_holding_cost: ArrayLike,
    regional_holding_cost: ArrayLike,
    demand_spread: ArrayLike,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether the central warehouse should hold safety stock of each item, and how much each warehouse holds.

    Guaranteed service with regions that serve from stock: cost is concave in the central promise, so the best
    promise is either nothing (hold stock, pooled over regions) or the central lead time (pass goods on). The same
    answer as ``solve`` for each item's tree, without a tree per item.

    Parameters
    ----------
    central_lead_time, central_holding_cost
        By item: periods from the supplier, and money per unit and unit of time, shape (items,).
    regional_lead_time, regional_holding_cost
        By item and region, shape (items, regions).
    demand_spread
        Units by which one period's demand may exceed its mean, shape (items, regions); regions are independent.

    Returns
    -------
    (ndarray of bool, ndarray of float, ndarray of float)
        Whether the central warehouse holds stock, its safety stock (items,), and theirs (items, regions).

    Raises
    ------
    ValueError
        When a value is below zero or not finite.
    """
    lead = not_negative("central_lead_time", central_lead_time)
    onward = not_negative("regional_lead_time", regional_lead_time)
    price = not_negative("central_holding_cost", central_holding_cost)
    prices = not_negative("regional_holding_cost", regional_holding_cost)
    spread = not_negative("demand_spread", demand_spread)
    pooled = np.sqrt(np.sum(spread**2, axis=1)) * np.sqrt(lead)
    from_stock, passed_on = spread * np.sqrt(onward), spread * np.sqrt(onward + lead[:, None])
    holds = price * pooled + np.sum(prices * from_stock, axis=1) < np.sum(prices * passed_on, axis=1)
    return holds, np.where(holds, pooled, 0.0), np.where(holds[:, None], from_stock, passed_on)
