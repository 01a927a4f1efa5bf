"""Integer programs over part of an assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from optimization.carriers.assignment.problem import Assignment


class Found(NamedTuple):
    """Answer of a program.

    Parameters
    ----------
    agent
        Agents of the items asked for; None if none was found.
    is_finished
        Whether the program was solved to its end, not to its time.
    """

    agent: np.ndarray | None
    is_finished: bool


def assign(
    problem: Assignment, items: np.ndarray, allowed: np.ndarray, seconds: float, below: float | None = None
) -> Found:
    """The cheapest agents of some items, all others staying away from these agents.

    Parameters
    ----------
    items
        ``int64[k]``, the items.
    allowed
        ``bool[m, k]``, agents that each may have; their whole capacity is free.
    seconds
        To stop after.
    below
        Only assignments that cost at most so much are wanted.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    agent, item = np.nonzero(allowed)
    arcs, index = len(agent), np.arange(len(agent))
    cost = problem.cost[agent, items[item]].astype(float)
    used, row = np.unique(agent, return_inverse=True)
    weight = problem.weight[agent, items[item]].astype(float)
    once = csr_array((np.ones(arcs), (item, index)), shape=(len(items), arcs))
    load = csr_array((weight, (row, index)), shape=(len(used), arcs))
    rows = [LinearConstraint(once, 1, 1), LinearConstraint(load, -np.inf, problem.capacity[used])]
    if below is not None:
        rows.append(LinearConstraint(csr_array(cost[None, :]), -np.inf, below))
    options = {"time_limit": max(seconds, 0.05), "mip_rel_gap": 0.0}
    found = milp(cost, integrality=np.ones(arcs), bounds=Bounds(0, 1), constraints=rows, options=options)
    if found.x is None:
        return Found(None, found.status != 1)
    chosen = np.zeros(len(items), np.int64)
    is_taken = found.x > 0.5
    chosen[item[is_taken]] = agent[is_taken]
    return Found(chosen, found.status != 1)
