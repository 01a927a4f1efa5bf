"""Returned goods are inspected in the morning: back on the shelf, among the defects, or away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.steps.expiry import write_off
from simulator.stock import DEFECTIVE, SELF, SELLABLE
from simulator.tables import code
from simulator.times import HOUR, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["restock"]

RMA, RMA_LINE, LINE = "aftersales.rma", "aftersales.rma_line", "order.sales_order_line"
RESELLABLE, BAD, SCRAP, MISSING = (
    code(RMA_LINE, "inspection", name) for name in ("resellable", "defective", "scrap", "missing")
)
FALSE_ALARM = 0.1  # goods returned for their quality that are sound
BROKEN_SCRAP = 0.5  # goods broken on the way that nobody can use


def restock(world: World, day: int) -> None:
    """Inspect between 08:00 and 10:00, before the day's orders are served; settled in the afternoon."""
    due = world.agenda.due("rma restock", day)
    if due is None:
        return
    rma = np.sort(due["rma"])
    at = moment(day, 8) + rma * 6007 % (2 * HOUR)
    lines, owner = world.lines_of(RMA, rma)
    register = world.tables[RMA_LINE]
    found = _inspect(world, lines, world.tables[RMA].get("reason_code", rma)[owner])
    register.set(lines, at[owner], inspection=found, inspected_at=at[owner])
    world.tables[RMA].set(rma, at, status=code(RMA, "status", "inspected"))
    for result, status in ((RESELLABLE, SELLABLE), (BAD, DEFECTIVE)):
        mine = found == result
        _move(world, at[owner[mine]], rma[owner[mine]], lines[mine], status)
    mine = found == SCRAP
    _scrap(world, at[owner[mine]], rma[owner[mine]], lines[mine])
    world.agenda.put("rma settle", np.full(len(rma), day), rma=rma)


def _inspect(world: World, lines: np.ndarray, reason: np.ndarray) -> np.ndarray:
    register, dials = world.tables[RMA_LINE], world.parameters.returns
    luck = again(world.tables[LINE].get("_u_inspect", register.get("order_line_id", lines)), 95)
    scrap, bad = np.full(len(lines), dials.scrap_share), np.full(len(lines), dials.defective_share)
    quality = reason == code(RMA, "reason_code", "quality")
    broken = reason == code(RMA, "reason_code", "damaged_in_transit")
    bad = np.where(quality, 1 - FALSE_ALARM - scrap, np.where(broken, 1.0, bad))
    scrap = np.where(broken, BROKEN_SCRAP, scrap)
    found = np.where(luck < scrap, SCRAP, np.where(luck < scrap + bad, BAD, RESELLABLE))
    return np.where(register.get("inspection", lines) == MISSING, MISSING, found)


def _move(world: World, at: np.ndarray, rma: np.ndarray, lines: np.ndarray, status: int) -> None:
    """Out of quality hold into another state of the same goods."""
    stock = world.stock
    held, qty = world.tables[RMA_LINE].get("_slot", lines), world.tables[RMA_LINE].get("received_qty", lines)
    goes_to = stock.slots(stock.warehouse[held], stock.sku[held], stock.batch[held], status, stock.owner[held],
                          stock.expiry[held])  # fmt: skip
    for slot, units in ((held, -qty), (goes_to, qty)):
        stock.move(at, "status_change", slot, units, ref_type="rma", ref_id=rma, ref_line_id=lines, reason="return")


def _scrap(world: World, at: np.ndarray, rma: np.ndarray, lines: np.ndarray) -> None:
    stock = world.stock
    held, qty = world.tables[RMA_LINE].get("_slot", lines), world.tables[RMA_LINE].get("received_qty", lines)
    stock.move(at, "scrap", held, -qty, ref_type="rma", ref_id=rma, ref_line_id=lines, reason="damage")
    mine = stock.owner[held] == SELF
    write_off(world, at[mine], stock.warehouse[held[mine]], stock.sku[held[mine]], qty[mine])
