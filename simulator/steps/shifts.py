"""Who will work in the warehouses: the roster, published as far ahead as it is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.masters import shift_rows
from simulator.masters.contract_rows.warehouse import PLANNED_AHEAD

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["roster"]


def roster(world: World, day: int) -> None:
    """The shifts of the last day that is planned today; on the first day, of all days up to it."""
    first = day if day == world.masters.first_day else day + PLANNED_AHEAD
    known = world.rows.setdefault("warehouse.shift_capacity", [])
    for shift_day in range(first, day + PLANNED_AHEAD + 1):
        known += shift_rows(world.masters, world.parameters, shift_day)
