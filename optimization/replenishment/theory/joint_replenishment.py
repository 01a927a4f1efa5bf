"""Items of one supplier that share the cost of an order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from optimization.replenishment.theory.arguments import not_negative, positive


@dataclass(frozen=True)
class JointCycle:
    """When a supplier's items are ordered together.

    Parameters
    ----------
    base_cycle
        Units of time between two orders.
    multiples
        Every how many orders each item takes part.
    cost
        Money per unit of time.
    """

    base_cycle: float
    multiples: np.ndarray
    cost: float


def joint_replenishment(
    shared_cost: float, item_costs: ArrayLike, holding_costs: ArrayLike, demand_rates: ArrayLike
) -> JointCycle:
    """Cycle and multiples by Silver's heuristic.

    Silver (1976), "A simple method of determining order quantities in joint replenishments under deterministic
    demand", Management Science 22(12); Silver, Pyke and Peterson (1998), section 11.3.

    Parameters
    ----------
    shared_cost
        Money per order to the supplier, zero or more.
    item_costs
        Money for each item's line in an order, above zero.
    holding_costs
        Money per unit and unit of time, above zero.
    demand_rates
        Units per unit of time, above zero. The last three are as long as each other.

    Returns
    -------
    JointCycle
        The item that is ordered most often takes part in every order.

    Raises
    ------
    ValueError
        When a value is outside its domain or the lengths differ.
    """
    shared, own = float(not_negative("shared_cost", shared_cost)), positive("item_costs", item_costs)
    use = positive("holding_costs", holding_costs) * positive("demand_rates", demand_rates)
    if own.ndim != 1 or own.shape != use.shape:
        raise ValueError(f"item_costs and holding_costs × demand_rates differ in length: {own.shape} and {use.shape}")
    ratio = own / use
    leader = int(np.argmin(ratio))
    wanted = np.sqrt(ratio / ratio[leader] * own[leader] / (shared + own[leader]))
    multiples = np.maximum(np.floor(wanted + 0.5), 1).astype(np.int64)
    multiples[leader] = 1
    ordering, carrying = shared + np.sum(own / multiples), np.sum(multiples * use)
    return JointCycle(float(np.sqrt(2 * ordering / carrying)), multiples, float(np.sqrt(2 * ordering * carrying)))
