"""Generalised assignment on instances that nobody has seen: ``python -m benchmarks gap_drawn --kind d``.

Drawn by the rules of the public families: a, b, c, d of Chu & Beasley (1997), e of Laguna et al. (1995). HiGHS alone
gets the whole program and as many seconds; each is then held against the better bound of the two.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.parcels import notes_apart
from optimization.carriers.assignment import Assignment, solve


def drawn(kind: str, agents: int, items: int, seed: int) -> Assignment:
    """An instance of a family, in whole numbers."""
    rng = np.random.default_rng(seed)
    shape = (agents, items)
    if kind in "abc":
        weight, cost = rng.integers(5, 26, shape), rng.integers(10, 51, shape)
    elif kind == "d":
        weight = rng.integers(1, 101, shape)
        cost = 111 - weight + rng.integers(-10, 11, shape)
    elif kind == "e":
        weight = np.floor(1 - 10 * np.log(1 - rng.random(shape))).astype(np.int64)
        cost = np.floor(1000 / weight - 10 * rng.random(shape)).astype(np.int64)
    else:
        raise ValueError(f"kind must be one of a, b, c, d, e, found {kind!r}")
    if kind in "ab":
        cheapest = cost.argmin(axis=0)
        most = max(int(weight[agent, cheapest == agent].sum()) for agent in range(agents))
        room = np.full(agents, (1.0 if kind == "a" else 0.7) * (9 * items / agents + 0.4 * most))
    else:
        room = 0.8 * weight.sum(axis=1) / agents
    return Assignment(cost, weight, np.floor(room).astype(np.int64))


def highs_alone(problem: Assignment, seconds: float) -> tuple[float, float]:
    """Cost and bound of the whole program (not a number: nothing found)."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    agents, items = problem.cost.shape
    column = np.arange(agents * items)
    agent, item = np.divmod(column, items)
    load = csr_array((problem.weight.ravel().astype(float), (agent, column)), shape=(agents, len(column)))
    once = csr_array((np.ones(len(column)), (item, column)), shape=(items, len(column)))
    found = milp(
        problem.cost.ravel(),
        integrality=np.ones(len(column)),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(load, -np.inf, problem.capacity), LinearConstraint(once, 1, 1)],
        options={"time_limit": seconds},
    )
    bound = found.mip_dual_bound if found.mip_dual_bound is not None else -np.inf
    return (np.nan if found.x is None else found.fun), bound


def main() -> None:
    """Solve by both, check ours, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="d", help="a, b, c, d or e; several are done one after the other")
    parser.add_argument("--agents", type=int, default=40)
    parser.add_argument("--items", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    for kind in arguments.kind:
        problem = drawn(kind, arguments.agents, arguments.items, arguments.seed)
        begun = time.process_time()
        with notes_apart():
            found = solve(problem, arguments.seconds, 0)
            spent = time.process_time() - begun
            begun = time.process_time()
            cost, bound = highs_alone(problem, arguments.seconds)
        alone = time.process_time() - begun
        load = np.bincount(found.agent, problem.weight[found.agent, np.arange(arguments.items)], arguments.agents)
        if (load > problem.capacity).any():
            raise AssertionError(f"{kind}: an agent carries more than its capacity")
        least = max(np.ceil(bound - 1e-6), found.bound)
        name = f"{kind} {arguments.agents} x {arguments.items}, seed {arguments.seed}"
        gap = f"{100 * (found.objective / least - 1):.3f} % above {least:.0f}"
        print(
            f"{name}: {found.objective} ({spent:.0f} CPU-s), {gap}; HiGHS alone {cost:.0f} ({alone:.0f} CPU-s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
