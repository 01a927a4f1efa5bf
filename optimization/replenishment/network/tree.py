"""Best service times where no two stages are joined by more than one path: dynamic programming."""

import numpy as np

from optimization.replenishment.network.service_network import ServiceNetwork
from optimization.replenishment.network.service_times import candidate_times


def is_forest(network: ServiceNetwork) -> bool:
    """Whether no two stages are joined by more than one path, whichever way deliveries go."""
    root = list(range(network.stages.height))

    def find(stage: int) -> int:
        while root[stage] != stage:
            root[stage] = root[root[stage]]
            stage = root[stage]
        return stage

    for upstream, downstream, _ in network.links:
        one, other = find(upstream), find(downstream)
        if one == other:
            return False
        root[one] = other
    return True


def solve_tree(network: ServiceNetwork) -> tuple[list[int], list[int]]:
    """Inbound and own service times of least cost, exact.

    Graves and Willems (2000), section 3: leaves are folded into their neighbours, one table of costs by inbound and
    own service time for each stage.

    Parameters
    ----------
    network
        A network for which ``is_forest`` holds.

    Returns
    -------
    (list of int, list of int)
        By row of stages.
    """
    inbound, promise = candidate_times(network)
    tables = [_own_cost(network, stage, inbound[stage], promise[stage]) for stage in range(network.stages.height)]
    chosen_in, chosen_out = [0] * len(tables), [0] * len(tables)
    for root, order, parent in _walks(network):
        for stage in reversed(order[1:]):
            _fold(tables, inbound, promise, stage, *parent[stage])
        for stage in order:
            table = tables[stage]
            if stage != root:
                above, downward = parent[stage]
                if downward:
                    # A customer of its parent: its inputs take at least as long as the parent promises.
                    rows = np.array(inbound[stage]) >= chosen_out[above]
                    table = np.where(rows[:, None], table, np.inf)
                else:
                    columns = np.array(promise[stage]) <= chosen_in[above]
                    table = np.where(columns[None, :], table, np.inf)
            row, column = np.unravel_index(np.argmin(table), table.shape)
            chosen_in[stage], chosen_out[stage] = inbound[stage][row], promise[stage][column]
    return chosen_in, chosen_out


def _own_cost(network: ServiceNetwork, stage: int, inbound: list[int], promise: list[int]) -> np.ndarray:
    lead = network.stages["lead_time"][stage]
    covered = np.array(inbound)[:, None] + lead - np.array(promise)[None, :]
    return np.where(covered >= 0, network.stock_cost[stage] * np.sqrt(np.maximum(covered, 0)), np.inf)


def _fold(
    tables: list[np.ndarray], inbound: list[list[int]], promise: list[list[int]], stage: int, above: int, downward: bool
) -> None:
    """Add to the table of `above` what the branch at `stage` costs, given the time they share."""
    if downward:
        # Best cost of the branch if its inputs take at least so long.
        best = np.minimum.accumulate(tables[stage].min(axis=1)[::-1])[::-1]
        first = np.searchsorted(inbound[stage], promise[above])
        tables[above] = tables[above] + np.append(best, np.inf)[first][None, :]
    else:
        best = np.minimum.accumulate(tables[stage].min(axis=0))
        last = np.searchsorted(promise[stage], inbound[above], side="right")
        tables[above] = tables[above] + np.append(np.inf, best)[last][:, None]


def _walks(network: ServiceNetwork) -> list[tuple[int, list[int], dict[int, tuple[int, bool]]]]:
    """Each tree from a root outwards: its root, its stages in order, and who is above each, by which way."""
    near: list[list[tuple[int, bool]]] = [[] for _ in range(network.stages.height)]
    for upstream, downstream, _ in network.links:
        near[upstream].append((downstream, True))
        near[downstream].append((upstream, False))
    walks, seen = [], set()
    for root in network.order:
        if root in seen:
            continue
        order, parent = [root], {}
        seen.add(root)
        for stage in order:
            for other, downward in near[stage]:
                if other not in seen:
                    seen.add(other)
                    parent[other] = (stage, downward)
                    order.append(other)
        walks.append((root, order, parent))
    return walks
