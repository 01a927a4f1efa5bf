"""The generalised assignment problem: every item to one agent, within the agents' capacities, at least cost."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Assignment:
    """Items and agents.

    Parameters
    ----------
    cost
        ``int64[m, n]``, of each item on each agent.
    weight
        ``int64[m, n]``, what an item takes of an agent's capacity; zero or more.
    capacity
        ``int64[m]``.

    Raises
    ------
    ValueError
        When shapes do not fit or a weight is below zero.
    """

    cost: np.ndarray
    weight: np.ndarray
    capacity: np.ndarray

    def __post_init__(self) -> None:
        if self.cost.ndim != 2 or self.cost.shape != self.weight.shape or self.capacity.shape != self.cost.shape[:1]:
            shapes = self.cost.shape, self.weight.shape, self.capacity.shape
            raise ValueError(f"costs and weights must be [agents, items], capacities [agents]; found {shapes}")
        if self.weight.size and self.weight.min() < 0:
            raise ValueError(f"weights must be zero or more, found {self.weight.min()}")

    @property
    def agents(self) -> int:
        """Number of agents."""
        return self.cost.shape[0]

    @property
    def items(self) -> int:
        """Number of items."""
        return self.cost.shape[1]

    def total(self, agent: np.ndarray) -> int:
        """Cost of an assignment, ``int64[n]``."""
        return int(self.cost[agent, np.arange(self.items)].sum())

    def check(self, agent: np.ndarray) -> list[str]:
        """Faults of an assignment in words; empty when there are none."""
        if agent.shape != (self.items,) or not ((agent >= 0) & (agent < self.agents)).all():
            return [f"an assignment names an agent below {self.agents} for each of {self.items} items"]
        load = np.zeros(self.agents, np.int64)
        np.add.at(load, agent, self.weight[agent, np.arange(self.items)])
        over = np.flatnonzero(load > self.capacity)
        return [f"agent {i} carries {load[i]} of {self.capacity[i]}" for i in over]
