"""Orders come in: the nearest warehouse with the goods locks them; what nobody has is lost, seen or unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.stock import SELF, serve

if TYPE_CHECKING:
    from simulator.steps.demand import Candidates
    from simulator.world import World

__all__ = ["slots_for"]


def slots_for(world: World, lines: Candidates) -> np.ndarray:
    """Lock nothing yet: the slot that can serve each candidate line, -1 where there is none or none is needed.

    Free units are those of this moment; lines are in the order of their orders' time.
    """
    stock, masters = world.stock, world.masters
    owner = np.where(lines.mode == 0, SELF, world.owner_of_supplier[lines.supplier])
    kept_by_us = owner >= 0
    slots = np.full(len(lines.sku), -1, np.int64)
    rows = np.flatnonzero(kept_by_us)
    if len(rows):
        order = lines.order[rows]
        starts = np.flatnonzero(np.r_[True, order[1:] != order[:-1]])
        rank = masters.rank[lines.province[order[starts]]].astype(np.int64)
        slots[rows] = serve(
            np.r_[starts, len(rows)], rank, lines.sku[rows], lines.qty[rows], owner[rows], stock.first_slot,
            stock.next_slot, stock.available(),
        )  # fmt: skip
    return slots
