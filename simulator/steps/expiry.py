"""Goods near their last day leave the shelf for sale; what has passed it is scrapped and written off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.masters.contract_rows.product import SHELF_LIFE_OUT
from simulator.steps import batches
from simulator.stock import DEFECTIVE, FROZEN, SELF, SELLABLE
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["expire", "scrap", "write_off"]


def expire(world: World, day: int) -> None:
    """Freeze free units with fewer days left than they may be sold with; scrap what is expired. At 10:00."""
    stock, at = world.stock, moment(day, 10)
    batches.mark(world, at, day)
    least = np.rint(world.masters.shelf_life[stock.sku] * SHELF_LIFE_OUT)
    limit = np.where(stock.expiry > 0, stock.expiry - day, np.iinfo(np.int64).max)
    short = np.flatnonzero((stock.status == SELLABLE) & (limit < least) & (stock.available() > 0))
    if len(short):
        freeze(world, at, short, stock.available()[short])
    past = (stock.expiry > 0) & (stock.expiry < day) & (stock.owner == SELF) & (stock.available() > 0)
    scrap(world, day, np.flatnonzero(past & np.isin(stock.status, (FROZEN, DEFECTIVE))), "expiry")


def freeze(world: World, at: int, slot: np.ndarray, qty: np.ndarray) -> None:
    """Take units off sale; they stay where and whose they are."""
    stock = world.stock
    frozen = stock.slots(stock.warehouse[slot], stock.sku[slot], stock.batch[slot], FROZEN, stock.owner[slot],
                         stock.expiry[slot])  # fmt: skip
    ref = {"ref_type": "adjustment", "ref_id": world.day * stock.shape[0] + stock.warehouse[slot], "reason": "expiry"}
    stock.move(at, "status_change", slot, -qty, **ref)
    stock.move(at, "status_change", frozen, qty, **ref)


def scrap(world: World, day: int, slot: np.ndarray, reason: str) -> None:
    """Throw all of these slots' own units away at 10:00."""
    if not len(slot):
        return
    stock = world.stock
    warehouse, sku, qty = stock.warehouse[slot], stock.sku[slot], stock.available()[slot]
    at = moment(day, 10)
    stock.move(at, "scrap", slot, -qty, ref_type="adjustment", ref_id=day * stock.shape[0] + warehouse, reason=reason)
    write_off(world, at, warehouse, sku, qty)


def write_off(world: World, at: np.ndarray | int, warehouse: np.ndarray, sku: np.ndarray, qty: np.ndarray) -> None:
    """Take the worth of scrapped units off the books."""

    def post(fen: np.ndarray) -> None:
        world.postings.post(world.day, "scrap", "6712", fen, sku_id=sku)
        world.postings.post(world.day, "scrap", "1405", -fen, warehouse_id=warehouse)

    world.stock.worth.take(at, warehouse, sku, qty, post)
