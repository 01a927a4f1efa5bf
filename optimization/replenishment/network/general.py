"""Best service times in any network without circles: an integer program over candidate times."""

import numpy as np
from scipy import optimize, sparse

from optimization.replenishment.network.service_network import ServiceNetwork
from optimization.replenishment.network.service_times import candidate_times


def solve_general(network: ServiceNetwork, time_limit_s: float) -> tuple[list[int], list[int], float]:
    """Inbound and own service times of least cost.

    One binary per stage and pair of candidate times. That a customer's inputs take as long as its supplier
    promises is said once for every candidate time t: "the promise is above t" implies "the inputs take longer than
    t". In a tree the linear relaxation is then exact, so branching is left with what is due to double paths.

    Parameters
    ----------
    network
        The network.
    time_limit_s
        Seconds after which the best found so far is taken.

    Returns
    -------
    (list of int, list of int, float)
        By row of stages; and the bound that is proven.

    Raises
    ------
    ValueError
        When nothing feasible was found in the time given.
    """
    inbound, promise = candidate_times(network)
    stage, into, out = _pairs(network, inbound, promise)
    lead = np.array(network.stages["lead_time"].to_list())
    cost = network.stock_cost[stage] * np.sqrt(into + lead[stage] - out)
    scale = max(float(cost.max(initial=0.0)), 1.0)
    one_each = sparse.csr_array((np.ones(stage.size), (stage, np.arange(stage.size))))
    result = optimize.milp(
        cost / scale,
        integrality=np.ones(stage.size),
        bounds=optimize.Bounds(0, 1),
        constraints=[
            optimize.LinearConstraint(one_each, 1, 1),
            *_promises_are_kept(network, promise, stage, into, out),
        ],
        options={"mip_rel_gap": 1e-9, "time_limit": time_limit_s},
    )
    if result.x is None:
        raise ValueError(f"no service times found within {time_limit_s} s: {result.message}")
    chosen = np.flatnonzero(result.x > 0.5)
    chosen = chosen[np.argsort(stage[chosen])]
    return into[chosen].tolist(), out[chosen].tolist(), float(result.mip_dual_bound) * scale


def _pairs(
    network: ServiceNetwork, inbound: list[list[int]], promise: list[list[int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stage, inbound and own service time of every pair that leaves no negative time to cover."""
    parts = []
    for row, lead in enumerate(network.stages["lead_time"]):
        into, out = (grid.ravel() for grid in np.meshgrid(inbound[row], promise[row], indexing="ij"))
        fits = into + lead - out >= 0
        parts.append(np.stack([np.full(fits.sum(), row), into[fits], out[fits]]))
    stage, into, out = np.concatenate(parts, axis=1)
    return stage, into, out


def _promises_are_kept(
    network: ServiceNetwork, promise: list[list[int]], stage: np.ndarray, into: np.ndarray, out: np.ndarray
) -> list[optimize.LinearConstraint]:
    rows, columns, values, count = [], [], [], 0
    for upstream, downstream, _ in network.links:
        supplier, customer = np.flatnonzero(stage == upstream), np.flatnonzero(stage == downstream)
        for time in promise[upstream][:-1]:
            longer, slower = supplier[out[supplier] > time], customer[into[customer] > time]
            rows += [count] * (longer.size + slower.size)
            columns += [*longer, *slower]
            values += [1.0] * longer.size + [-1.0] * slower.size
            count += 1
    if not count:
        return []
    return [optimize.LinearConstraint(sparse.csr_array((values, (rows, columns)), (count, stage.size)), -np.inf, 0)]
