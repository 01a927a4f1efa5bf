"""The platform decides: what its outbox holds is already among the world's decisions when the buyers ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Platform"]


class Platform:
    """Adds nothing to what the receiving systems took from the outbox."""

    def buy(self, world: World, day: int) -> None:
        """Leave the decisions as they are."""
