"""Safety stock of least cost in a network under guaranteed service."""

import numpy as np
import polars as pl

from optimization.replenishment.network.general import solve_general
from optimization.replenishment.network.placement import Placement
from optimization.replenishment.network.service_network import ServiceNetwork
from optimization.replenishment.network.tree import is_forest, solve_tree

EXACT = "cost of safety stock under guaranteed service; dynamic programming over the tree of stages is exact"
BOUNDED = "cost of safety stock under guaranteed service; the bound is that of an integer program over service times"


def solve(network: ServiceNetwork, time_limit_s: float = 60.0) -> Placement:
    """Service times of all stages that make their safety stock cheapest.

    Parameters
    ----------
    network
        The network.
    time_limit_s
        Seconds for a network in which two stages are joined by more than one path. Default 60.

    Returns
    -------
    Placement
        With cost, bound and gap; a forest is solved exactly.

    Raises
    ------
    ValueError
        When nothing feasible was found in the time given.
    """
    if is_forest(network):
        inbound, promise = solve_tree(network)
        stages = place(network, inbound, promise)
        cost = float(stages["cost"].sum())
        return Placement(cost, cost, EXACT, stages)
    inbound, promise, bound = solve_general(network, time_limit_s)
    stages = place(network, inbound, promise)
    cost = float(stages["cost"].sum())
    return Placement(cost, min(bound, cost), BOUNDED, stages)


def place(network: ServiceNetwork, inbound: list[int], promise: list[int]) -> pl.DataFrame:
    """Stock and cost of given service times, by row of the network's stages."""
    lead = network.stages["lead_time"].to_numpy()
    covered = np.array(inbound) + lead - np.array(promise)
    return pl.DataFrame(
        {
            "stage_id": network.stages["stage_id"],
            "inbound_service_time": inbound,
            "service_time": promise,
            "covered_time": covered,
            "safety_stock": network.spread * np.sqrt(covered),
            "cost": network.stock_cost * np.sqrt(covered),
        }
    )
