"""Assign every item: a knapsack bound tells which agents are worth a look, integer programs look there."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from optimization.carriers.assignment.bound import Regret, prove
from optimization.carriers.assignment.problem import Assignment
from optimization.carriers.assignment.program import assign, relaxed
from optimization.proof import Proof

# Agents per item that are looked at, on average: first, and while improving.
FIRST_ARCS, ARCS = 2.2, 3.0
# Share of the time for the bound, for the first assignment, and for one neighbourhood.
BOUND_SHARE, FIRST_SHARE = 0.15, 0.15
# Seconds in which a neighbourhood should be solved: quicker ones grow, slower ones shrink.
QUICK, SLOW = 0.15, 0.6
# Neighbourhoods in a row that gain nothing before more time is given to each.
PATIENCE = 25

WHY = "Cost of all items. The bound is that of the agents' knapsacks at prices of the items, rounded up."


@dataclass(frozen=True)
class Assigned(Proof):
    """An agent for every item.

    Parameters
    ----------
    agent
        ``int64[n]``.
    """

    agent: np.ndarray


def solve(problem: Assignment, seconds: float, seed: int = 0) -> Assigned:
    """Find a cheap assignment within a time.

    Parameters
    ----------
    seconds
        Of the clock, all included.
    seed
        Of the choice of neighbourhoods.

    Raises
    ------
    ValueError
        When no assignment keeps the capacities, or none was found in time.
    """
    end = time.perf_counter() + seconds
    value, price, _ = relaxed(problem)
    regret = prove(problem, price, value + 0.005 * abs(value), BOUND_SHARE * seconds)
    agent = first(problem, regret, seconds)
    best = problem.total(agent)
    regret = max(regret, prove(problem, price, best, 0.5 * BOUND_SHARE * seconds), key=lambda each: each.bound)
    bound = int(np.ceil(regret.bound - 1e-6))
    agent, is_proven = improve(problem, agent, regret, end, seed)
    best = problem.total(agent)
    return Assigned(objective=best, bound=best if is_proven else min(bound, best), why=WHY, agent=agent)


def first(problem: Assignment, regret: Regret, seconds: float) -> np.ndarray:
    """An assignment on the agents with least regret; more agents are let in until there is one."""
    items, arcs, share = np.arange(problem.items), FIRST_ARCS, FIRST_SHARE
    while True:
        allowed = least_regret(regret, arcs)
        found = assign(problem, items, allowed, share * seconds)
        if found.agent is not None:
            return found.agent
        if allowed.all() or (arcs > problem.agents and share > 1):
            raise ValueError(f"no assignment was found in {seconds} s")
        arcs, share = arcs * 1.6, share * 1.3


def least_regret(regret: Regret, arcs: float) -> np.ndarray:
    """``bool[m, n]``: the pairs with least regret, so many per item on average, and the best of each item."""
    wanted = int(min(arcs * regret.loss.shape[1], regret.loss.size)) - 1
    limit = np.partition(regret.loss.ravel(), wanted)[wanted]
    return (regret.loss <= limit) | (regret.loss == regret.loss.min(axis=0))


def improve(problem: Assignment, agent: np.ndarray, regret: Regret, end: float, seed: int) -> tuple[np.ndarray, bool]:
    """Re-assign the items of some agents at a time, best first, until the end; whether the result is proven best."""
    rng = np.random.default_rng(seed)
    agent, size, patience, slow = agent.copy(), 4.0, 0, SLOW
    likely = least_regret(regret, ARCS)
    while (left := end - time.perf_counter()) > 0.1:
        best = problem.total(agent)
        # No better assignment has a pair that loses more than this.
        possible = regret.loss <= best - 1 - regret.bound + 1e-6
        if best <= np.ceil(regret.bound - 1e-6):
            return agent, True
        allowed = likely & possible
        count = int(min(max(size + rng.random(), 2), problem.agents))
        chosen = near_agents(agent, allowed, count, rng)
        items = np.flatnonzero(np.isin(agent, chosen))
        mask = np.zeros((problem.agents, len(items)), bool)
        mask[chosen] = allowed[np.ix_(chosen, items)]
        mask[agent[items], np.arange(len(items))] = True
        begun = time.perf_counter()
        now = problem.cost[agent[items], items].sum()
        found = assign(problem, items, mask, min(4 * slow, left), now - 1)
        took = time.perf_counter() - begun
        is_better = found.agent is not None and problem.cost[found.agent, items].sum() < now
        if is_better:
            agent[items] = found.agent
        elif found.is_finished and count == problem.agents:
            if not (possible & ~likely).any():
                return agent, True
            likely |= possible & (regret.loss <= 2 * regret.loss[likely & possible].max())
        patience = 0 if is_better else patience + 1
        if patience >= PATIENCE:
            slow, patience = slow * 1.6, 0
        if not found.is_finished or took > slow:
            size = max(2.0, size - 0.5)
        elif took < QUICK / SLOW * slow:
            size = min(float(problem.agents), size + (0.2 if took > 0.02 else 1.0))
    return agent, False


def near_agents(agent: np.ndarray, allowed: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Some agent and those that its items would rather go to, with some chance in it."""
    begin = rng.integers(len(allowed))
    mine = agent == begin
    liking = allowed[:, mine].sum(axis=1) / max(mine.sum(), 1) + rng.random(len(allowed))
    liking[begin] = np.inf
    return np.sort(np.argsort(-liking)[:count])
