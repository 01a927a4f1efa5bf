"""Where bins lie and where pickers start: the floor of every warehouse, by the places of the world's book of bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Floor", "floor_of"]


@dataclass(frozen=True)
class Floor:
    """B bins of all warehouses together and the W warehouses' aisles, in metres."""

    x_m: np.ndarray  # float [B]
    y_m: np.ndarray
    zone: np.ndarray  # int64 [B], place in the book of zones
    front_m: np.ndarray  # float [W]: where the cross aisles run
    back_m: np.ndarray
    dock_x_m: np.ndarray  # float [W]: where tours begin, in the front cross aisle


def floor_of(world: World) -> Floor:
    """The floor of a world's masters."""
    floors = world.masters.bins  # one after the other, as in the book of bins
    return Floor(
        x_m=np.concatenate([bins.x_m for bins in floors]),
        y_m=np.concatenate([bins.y_m for bins in floors]),
        zone=np.array([world.place("zone", name) for bins in floors for name in bins.zone_ids], np.int64),
        front_m=np.array([bins.y_m.min() for bins in floors]),
        back_m=np.array([bins.y_m.max() for bins in floors]),
        dock_x_m=np.array([bins.x_m.min() for bins in floors]),
    )
