"""The economic order quantity: plain, with planned backorders, with price breaks."""

import numpy as np
from numpy.typing import ArrayLike

from optimization.replenishment.theory.arguments import not_negative, positive


def economic_order(
    fixed_cost: ArrayLike, holding_cost: ArrayLike, demand_rate: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Order quantity that balances ordering and holding under steady demand.

    Harris (1913); Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, section 3.2.

    Parameters
    ----------
    fixed_cost
        Money per order, above zero.
    holding_cost
        Money per unit and unit of time, above zero.
    demand_rate
        Units per unit of time, above zero. All three broadcast against each other.

    Returns
    -------
    (ndarray of float, ndarray of float)
        Quantity (units) and cost (money per unit of time, purchases not counted).

    Raises
    ------
    ValueError
        When an argument is not above zero.
    """
    fixed, holding = positive("fixed_cost", fixed_cost), positive("holding_cost", holding_cost)
    rate = positive("demand_rate", demand_rate)
    return np.sqrt(2 * fixed * rate / holding), np.sqrt(2 * fixed * rate * holding)


def economic_order_with_backorders(
    fixed_cost: ArrayLike, holding_cost: ArrayLike, shortage_cost: ArrayLike, demand_rate: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same where customers wait at a price.

    Snyder and Shen (2019), section 3.5.

    Parameters
    ----------
    fixed_cost, holding_cost, demand_rate
        As for ``economic_order``.
    shortage_cost
        Money per unit short and unit of time, above zero.

    Returns
    -------
    (ndarray of float, ndarray of float, ndarray of float)
        Quantity (units), share of demand that waits, cost (money per unit of time).

    Raises
    ------
    ValueError
        When an argument is not above zero.
    """
    shortage, holding = positive("shortage_cost", shortage_cost), positive("holding_cost", holding_cost)
    ratio = shortage / (holding + shortage)
    quantity, cost = economic_order(fixed_cost, holding * ratio, demand_rate)
    return quantity, 1 - ratio + np.zeros_like(quantity), cost


def economic_order_with_price_breaks(
    fixed_cost: float, holding_rate: float, demand_rate: float, breaks: ArrayLike, unit_costs: ArrayLike
) -> tuple[float, float]:
    """Order quantity where the price of all units falls with the quantity ordered.

    In each price's own range the best quantity is the economic one moved to the range's start if it lies below
    it; the cheapest of these is best (Snyder and Shen 2019, section 3.4).

    Parameters
    ----------
    fixed_cost, demand_rate
        As for ``economic_order``.
    holding_rate
        Cost of holding one unit of money in stock for a unit of time, above zero.
    breaks
        Quantity from which each price holds (units), ascending, the first 0.
    unit_costs
        Money per unit from each break on, falling.

    Returns
    -------
    (float, float)
        Quantity (units) and cost (money per unit of time, purchases counted).

    Raises
    ------
    ValueError
        When an argument is not above zero, the breaks do not rise from 0 or the prices do not fall.
    """
    start, price = not_negative("breaks", breaks), positive("unit_costs", unit_costs)
    if start.ndim != 1 or start.shape != price.shape or start[0] != 0 or np.any(np.diff(start) <= 0):
        raise ValueError(f"breaks must rise from 0 and be as many as unit_costs, found {start} and {price}")
    if np.any(np.diff(price) >= 0):
        raise ValueError(f"unit_costs must fall from break to break, found {price}")
    holding = positive("holding_rate", holding_rate) * price
    quantity = np.maximum(economic_order(fixed_cost, holding, demand_rate)[0], start)
    # Beyond its own range a quantity has the next price, at which it is dearer only in this price's eyes.
    inside = quantity < np.append(start[1:], np.inf)
    cost = price * demand_rate + fixed_cost * demand_rate / quantity + holding * quantity / 2
    best = int(np.argmin(np.where(inside, cost, np.inf)))
    return float(quantity[best]), float(cost[best])
