"""The world's own ways to buy, for the history and for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.policies.foresight import Foresight
from simulator.policies.reorder_point import ReorderPoint

if TYPE_CHECKING:
    from simulator.world import Policy, World

__all__ = ["FORESIGHT", "PLATFORM", "REORDER_POINT", "Foresight", "Platform", "ReorderPoint", "by_name"]

PLATFORM, REORDER_POINT, FORESIGHT = "platform", "reorder-point", "foresight"


class Platform:
    """Buys nothing by itself: what is bought comes from our outbox."""

    def buy(self, world: World, day: int) -> None:
        pass


def by_name(name: str, world: World) -> Policy:
    """A policy for a world that has lived under the reorder-point rule so far.

    Raises
    ------
    ValueError
        If there is no such policy.
    """
    if name == PLATFORM:
        return Platform()
    if name == FORESIGHT:
        return Foresight(lambda world, day, days: np.stack([world.demand.own_units(day + n) for n in range(days)]))
    if name == REORDER_POINT:
        return world.policy if isinstance(world.policy, ReorderPoint) else ReorderPoint()
    raise ValueError(f"no policy is called {name!r}; there is {PLATFORM}, {REORDER_POINT} and {FORESIGHT}")
