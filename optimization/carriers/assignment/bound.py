"""A bound of a generalised assignment and what each assignment costs at least beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimization.carriers.day.classes import Classes, Limit
from optimization.carriers.day.prices import best_prices
from optimization.carriers.day.volume import Box

if TYPE_CHECKING:
    from optimization.carriers.assignment.problem import Assignment

# Shares of the mean cost, see ``best_prices``.
WIDTHS = (0.1, 0.02, 0.005, 0.002)
ROUNDS_WITHOUT_GAIN = 20


@dataclass(frozen=True)
class Regret:
    """What knapsacks at good item prices prove.

    Parameters
    ----------
    bound
        No assignment costs less.
    loss
        ``float64[m, n]``: with an item on an agent, none costs less than ``bound + loss``.
    """

    bound: float
    loss: np.ndarray


def first_prices(problem: Assignment) -> tuple[float, np.ndarray]:
    """A bound from prices of capacity, as caps of kilograms are priced for a day of parcels, and prices of items.

    It comes within a fraction of a percent of the linear relaxation, hundreds of times faster.
    """
    m, n = problem.cost.shape
    scale = max(float(problem.cost.mean()), 1e-9)
    rows = np.full((1, 2 * m, 1), -1, np.int32)
    rows[0, m:, 0] = np.arange(m)
    classes = Classes(
        services=[str(agent) for agent in range(m)],
        group=np.arange(n),
        later_group=np.empty(0, np.int32),
        today=n,
        count=np.ones(n),
        place=np.zeros(n, np.int32),
        cost=problem.cost.T / scale,
        kg=problem.weight.T.astype(float),
        base=0.0,
        accounts=[],
        kind=np.zeros(1, np.int32),
        member=np.zeros((1, m, 0), bool),
        most=np.zeros(0),
        limits=[Limit(agent, (agent,), True, float(room), False) for agent, room in enumerate(problem.capacity)],
        rows=rows,
        places=[(None, None, False)],
        held=100 * float(problem.cost.max()) / scale,
    )
    found = best_prices(classes, Box.of([]), np.zeros(m), WIDTHS)
    return found.value * scale, (problem.cost + found.price[:, None] * scale * problem.weight).min(axis=0)


def prove(problem: Assignment, price: np.ndarray, target: float, seconds: float) -> Regret:
    """Raise the knapsack bound by subgradient steps from given item prices.

    Fisher (1981), The Lagrangian relaxation method for solving integer programming problems, Management Science 27:
    each item must be taken once; how often the agents' knapsacks take it moves its price.

    Parameters
    ----------
    price
        ``float64[n]``, what taking an item is worth.
    target
        Cost of an assignment that is known or hoped for: how far steps go.
    seconds
        To stop after.
    """
    from optimization.carriers.assignment.knapsacks import forced, knapsacks

    begun = time.perf_counter()
    taken = np.zeros(problem.items, np.int64)
    best, best_price, length, since = -np.inf, price, 1.0, 0
    momentum = np.zeros(problem.items)
    while time.perf_counter() - begun < seconds and length > 0.001:
        value = price.sum() - knapsacks(price - problem.cost, problem.weight, problem.capacity, taken)
        if value > best + 1e-7 * abs(value):
            since = 0
        else:
            since += 1
        if value > best:
            best, best_price = value, price
        if since >= ROUNDS_WITHOUT_GAIN:
            length, since, price, momentum = length / 2, 0, best_price, np.zeros(problem.items)
            continue
        momentum = 0.7 * momentum + (1.0 - taken)
        size = momentum @ momentum
        if size < 1e-9:
            break
        price = price + length * max(target - value, 1.0) / size * momentum
    return Regret(best, forced(best_price - problem.cost, problem.weight, problem.capacity))
