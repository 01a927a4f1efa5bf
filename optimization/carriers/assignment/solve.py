"""Assign every item: a knapsack bound tells which agents are worth a look, integer programs look there."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from optimization.carriers.assignment.bound import Regret, first_prices, prove
from optimization.carriers.assignment.neighbourhood import Search, least_regret
from optimization.carriers.assignment.problem import Assignment
from optimization.carriers.assignment.program import assign
from optimization.proof import Proof

# Agents per item that are looked at first, on average.
FIRST_ARCS = 2.2
# Share of the time for the bound and for the first assignment.
BOUND_SHARE, FIRST_SHARE = 0.15, 0.15

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
    value, price = first_prices(problem)
    regret = prove(problem, price, value + 0.005 * abs(value), BOUND_SHARE * seconds)
    agent = first(problem, regret, seconds)
    best = problem.total(agent)
    regret = max(regret, prove(problem, price, best, 0.5 * BOUND_SHARE * seconds), key=lambda each: each.bound)
    search = Search(problem, agent, regret)
    search.run(end, seed)
    return Assigned(objective=search.best, bound=min(search.floor, search.best), why=WHY, agent=search.agent)


def first(problem: Assignment, regret: Regret, seconds: float) -> np.ndarray:
    """An assignment on the agents with least regret; more agents are let in until there is one."""
    items, arcs, share = np.arange(problem.items), FIRST_ARCS, FIRST_SHARE
    while True:
        allowed = least_regret(regret, arcs)
        found = assign(problem, items, allowed, share * seconds)
        if found.agent is not None:
            return found.agent
        if allowed.all() and found.is_finished:
            raise ValueError("no assignment keeps the capacities")
        if share > 1:
            raise ValueError(f"no assignment was found in {seconds} s: give it more time")
        arcs, share = arcs * 1.6, share * 1.3
