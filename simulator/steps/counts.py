"""Cycle counts: every week a quarter of each warehouse's goods is counted, and some of it is not what the books say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.stock import SELF, choose
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["count"]

WEEKDAY = 2  # Wednesday
ROUND_WEEKS = 4  # in so many weeks everything is counted once
LOSS_SHARE, GAIN_SHARE = 0.03, 0.012  # of counts
MOST = 3  # units missing or found at most


def count(world: World, day: int) -> None:
    """Count at 10:00 and put the books right: losses from what is free, finds at the average cost."""
    if (day + 3) % 7 != WEEKDAY:
        return
    stock = world.stock
    luck = world.streams.rng("count", day).random((2, *stock.shape))
    counted = (np.arange(stock.shape[1]) + day // 7) % ROUND_WEEKS == 0
    warehouse, sku = np.nonzero(
        counted & (stock.worth.units > 0) & ((luck[0] < LOSS_SHARE) | (luck[0] > 1 - GAIN_SHARE))
    )
    if not len(sku):
        return
    units = 1 + np.floor(luck[1, warehouse, sku] * MOST).astype(np.int64)
    owner = np.full(len(sku), SELF)
    slot, free = choose(warehouse, sku, units, owner, stock.first_slot, stock.next_slot, stock.available())
    lost = (luck[0, warehouse, sku] < LOSS_SHARE) & (free > 0)
    found = (luck[0, warehouse, sku] > 1 - GAIN_SHARE) & (slot >= 0)
    _write(world, day, "count_loss", warehouse[lost], sku[lost], slot[lost], -free[lost])
    _write(world, day, "count_gain", warehouse[found], sku[found], slot[found], units[found])


def _write(world: World, day: int, move: str, warehouse, sku, slot, units) -> None:
    stock, at = world.stock, moment(day, 10)
    stock.move(at, move, slot, units, ref_type="count", ref_id=day * stock.shape[0] + warehouse, reason="count")

    def post(fen: np.ndarray) -> None:
        change = np.sign(units) * fen
        world.postings.post(day, "count", "1405", change, warehouse_id=warehouse)
        world.postings.post(day, "count", "6711", -change, sku_id=sku)

    if move == "count_gain":
        stock.worth.bring(at, warehouse, sku, units, tell=post)
    else:
        stock.worth.take(at, warehouse, sku, -units, post)
