"""The best (r, Q): when the position falls to r, order Q."""

import numpy as np

from optimization.replenishment.theory.arguments import not_negative, positive
from optimization.replenishment.theory.position_cost import poisson_pmf, position_cost


def order_point_poisson(
    fixed_cost: float, holding_cost: float, shortage_cost: float, demand_rate: float, lead_time: float
) -> tuple[int, int, float]:
    """Best (r, Q) under continuous review with Poisson demand and backorders, exact.

    The positions r + 1 … r + Q are visited equally often, so the best set of Q of them is grown from the
    cheapest by whichever neighbour costs less, as long as that is below the average: Federgruen and Zheng
    (1992), "An efficient algorithm for computing an optimal (r, Q) policy in continuous review stochastic
    inventory systems", Operations Research 40(4).

    Parameters
    ----------
    fixed_cost
        Money per order, above zero.
    holding_cost, shortage_cost
        Money per unit and unit of time, above zero.
    demand_rate
        Units per unit of time, above zero.
    lead_time
        Units of time from order to arrival, zero or more.

    Returns
    -------
    (int, int, float)
        r and Q (units) and the long-run cost (money per unit of time).

    Raises
    ------
    ValueError
        When an argument is outside its domain.
    """
    fixed, rate = float(positive("fixed_cost", fixed_cost)), float(positive("demand_rate", demand_rate))
    holding, shortage = float(positive("holding_cost", holding_cost)), float(positive("shortage_cost", shortage_cost))
    pmf = poisson_pmf(rate * float(not_negative("lead_time", lead_time)))

    def period_cost(level: int) -> float:
        return float(position_cost(np.array(level), pmf, holding, shortage))

    first = int(np.argmin(position_cost(np.arange(pmf.size), pmf, holding, shortage)))
    low, high, total = first - 1, first + 1, fixed * rate + period_cost(first)
    while True:
        below, above = period_cost(low), period_cost(high)
        if min(below, above) >= total / (high - low - 1):
            return low, high - low - 1, total / (high - low - 1)
        total += min(below, above)
        if below <= above:
            low -= 1
        else:
            high += 1
