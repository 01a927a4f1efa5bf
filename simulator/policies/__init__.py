"""Who decides what to buy: the world's own rules for its history and for comparison, or the platform's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.policies.foresight import Foresight
from simulator.policies.platform import Platform
from simulator.policies.reorder_point import ReorderPoint

if TYPE_CHECKING:
    from simulator.world import Policy, World

__all__ = ["FORESIGHT", "PLATFORM", "REORDER_POINT", "Foresight", "Platform", "ReorderPoint", "by_name"]

PLATFORM, REORDER_POINT, FORESIGHT = "platform", "reorder-point", "foresight"


def by_name(name: str, world: World) -> Policy:
    """A policy for a world from here on; the reorder point keeps what it has seen of demand so far.

    Raises
    ------
    ValueError
        If no policy is called so.
    """
    if name == PLATFORM:
        return Platform()
    if name == FORESIGHT:
        return Foresight()
    if name == REORDER_POINT:
        return world.policy if isinstance(world.policy, ReorderPoint) else ReorderPoint(world.parameters)
    raise ValueError(f"no policy is called {name!r}; there is {PLATFORM}, {REORDER_POINT} and {FORESIGHT}")
