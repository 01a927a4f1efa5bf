"""The best (s, S): at s or below, order up to S."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from optimization.replenishment.theory.arguments import positive, probabilities
from optimization.replenishment.theory.position_cost import position_cost, sum_of_periods


def periodic_review(
    fixed_cost: float, holding_cost: float, shortage_cost: float, pmf: ArrayLike, lead_time: int = 0
) -> tuple[int, int, float]:
    """Best (s, S) under periodic review with backorders, exact.

    Zheng and Federgruen (1991), "Finding optimal (s, S) policies is about as simple as evaluating a single
    policy", Operations Research 39(4); Snyder and Shen (2019), section 4.4.4.

    Parameters
    ----------
    fixed_cost
        Money per order, above zero.
    holding_cost, shortage_cost
        Money per unit and period, above zero.
    pmf
        Probabilities that one period's demand is 0, 1, 2, … units, one row; the periods are independent.
    lead_time
        Periods from order to arrival. Default 0.

    Returns
    -------
    (int, int, float)
        s and S (inventory positions, units) and the long-run cost (money per period).

    Raises
    ------
    ValueError
        When a cost is not above zero, the probabilities do not add up to 1, or there is never demand.
    """
    fixed = float(positive("fixed_cost", fixed_cost))
    holding, shortage = float(positive("holding_cost", holding_cost)), float(positive("shortage_cost", shortage_cost))
    chances = probabilities("pmf", pmf)
    if chances[0] >= 1:
        raise ValueError(f"pmf must leave a chance of demand, found a probability of 0 of {chances[0]}")
    over_lead_time = sum_of_periods(chances, lead_time + 1)

    def period_cost(level: int) -> float:
        return float(position_cost(np.array(level), over_lead_time, holding, shortage))

    levels = np.arange(over_lead_time.size + 1)
    start = int(np.argmin(position_cost(levels, over_lead_time, holding, shortage)))
    cycle_cost = _cycles(chances, fixed, period_cost)
    return _search(start, cycle_cost, period_cost)


def _search(
    start: int, cycle_cost: Callable[[int, int], float], period_cost: Callable[[int], float]
) -> tuple[int, int, float]:
    """Move S up from the cheapest position as long as it may pay, and s with it."""
    low, up_to = start - 1, start
    while cycle_cost(low, up_to) > period_cost(low):
        low -= 1
    best, level = cycle_cost(low, up_to), up_to + 1
    while period_cost(level) <= best:
        if cycle_cost(low, level) < best:
            up_to = level
            while cycle_cost(low, up_to) <= period_cost(low + 1):
                low += 1
            best = cycle_cost(low, up_to)
        level += 1
    return low, up_to, best


def _cycles(chances: np.ndarray, fixed_cost: float, period_cost: Callable[[int], float]) -> Callable[[int, int], float]:
    """Long-run cost of an (s, S), from the expected visits to each position between two orders."""
    visits = [1 / (1 - chances[0])]
    costs: dict[int, float] = {}

    def cycle_cost(low: int, up_to: int) -> float:
        while len(visits) < up_to - low:
            reach = min(len(visits), chances.size - 1)
            # Position −j is reached from each position that one period's demand lies above it.
            visits.append(visits[0] * float(np.dot(chances[1 : reach + 1], visits[: -reach - 1 : -1])))
        for level in range(low + 1, up_to + 1):
            if level not in costs:
                costs[level] = period_cost(level)
        spent = sum(visits[step] * costs[up_to - step] for step in range(up_to - low))
        return (fixed_cost + spent) / sum(visits[: up_to - low])

    return cycle_cost
