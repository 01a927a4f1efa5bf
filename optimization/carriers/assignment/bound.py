"""A bound of a generalised assignment and what each assignment costs at least beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimization.carriers.assignment.problem import Assignment

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
