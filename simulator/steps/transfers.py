"""Goods between our warehouses: set aside when planned, on the road from the lane's next day, shelved on arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.stock import ALLOCATED, SELF, SELLABLE, choose
from simulator.tables import code
from simulator.times import MINUTE, moment

if TYPE_CHECKING:
    from simulator.decisions import Transfers
    from simulator.world import World

__all__ = ["arrive", "plan", "ship"]

TABLE = "inventory.transfer_line"


def plan(world: World, day: int, moves: Transfers) -> None:
    """Set goods aside at 10:30, as far as they are free and lie in one batch."""
    stock, at = world.stock, moment(day, 10) + 30 * MINUTE
    owner = np.full(len(moves.sku), SELF)
    slot, qty = choose(moves.origin, moves.sku, moves.qty, owner, stock.first_slot, stock.next_slot, stock.available())
    found = (qty > 0) & (moves.origin != moves.destination)
    slot, qty = slot[found], qty[found]
    origin, destination, sku = moves.origin[found], moves.destination[found], moves.sku[found]
    if not len(slot):
        return
    by_trip = np.lexsort((sku, destination, origin))
    origin, destination, sku, slot, qty = (v[by_trip] for v in (origin, destination, sku, slot, qty))
    suggestion = moves.suggestion[found][by_trip]
    new = np.r_[True, (origin[1:] != origin[:-1]) | (destination[1:] != destination[:-1])]
    first = np.flatnonzero(new)
    number = world.tables[TABLE].count + first[np.cumsum(new) - 1]
    lines = world.tables[TABLE].add(
        len(slot), at, transfer_id=number, from_warehouse_id=origin, to_warehouse_id=destination, sku_id=sku,
        batch_no=stock.batch[slot], planned_qty=qty, shipped_qty=0, received_qty=0,
        status=code(TABLE, "status", "approved"), created_at=at, reason=code(TABLE, "reason", "rebalance"),
        suggestion_id=suggestion, _slot=slot, _worth=0,
    )  # fmt: skip
    stock.move(at, "allocate", slot, qty, bucket=ALLOCATED, ref_type="transfer", ref_id=number, ref_line_id=lines,
               reason="transfer")  # fmt: skip
    world.agenda.put("ship transfer", np.full(len(lines), _leaves(world, day)), line=lines)


def _leaves(world: World, day: int) -> int:
    """The next day on which lorries go between warehouses."""
    weekdays = world.masters.transfer_weekdays
    return next(day + ahead for ahead in range(1, 8) if weekdays[(day + ahead + 3) % 7])


def ship(world: World, day: int) -> None:
    """Load at 10:00 what was set aside; its worth is on the road with it."""
    due = world.agenda.due("ship transfer", day)
    if due is None:
        return
    line, stock, register, at = due["line"], world.stock, world.tables[TABLE], moment(day, 10)
    slot, qty, number = (register.get(name, line) for name in ("_slot", "planned_qty", "transfer_id"))
    origin, destination, sku = (register.get(name, line) for name in ("from_warehouse_id", "to_warehouse_id", "sku_id"))
    ref = {"ref_type": "transfer", "ref_id": number, "ref_line_id": line, "reason": "transfer"}
    stock.move(at, "deallocate", slot, -qty, bucket=ALLOCATED, **ref)
    stock.move(at, "transfer_out", slot, -qty, **ref)
    np.add.at(stock.transfer_to, (destination, sku), qty)
    register.set(line, at, status=code(TABLE, "status", "shipped"), shipped_at=at, shipped_qty=qty)

    def load(worth: np.ndarray) -> None:
        register.note(line, _worth=worth)
        world.postings.post(day, "transfer_out", "1402", worth)
        world.postings.post(day, "transfer_out", "1405", -worth, warehouse_id=origin)

    stock.worth.take(at, origin, sku, qty, load)
    _pay_haulage(world, day, origin, destination, qty)
    late = world.streams.rng("transfer", day).standard_normal((stock.shape[0],) * 2)[origin, destination]
    days = world.masters.transfer_days[origin, destination] + world.masters.transfer_sd * late
    world.agenda.put("receive transfer", day + np.maximum(np.rint(days), 1).astype(np.int64), line=line)


def _pay_haulage(world: World, day: int, origin: np.ndarray, destination: np.ndarray, qty: np.ndarray) -> None:
    """The lorry and the handling, paid at once."""
    fen = qty * world.masters.transfer_unit_cost
    _, first = np.unique(origin * world.stock.shape[0] + destination, return_index=True)
    fen[first] += world.masters.transfer_trip_cost
    world.postings.post(day, "warehouse", "6604", fen, warehouse_id=origin)
    world.postings.post(day, "warehouse", "1002", -fen)


def arrive(world: World, day: int) -> None:
    """Put away at 09:00 what has come."""
    due = world.agenda.due("receive transfer", day)
    if due is None:
        return
    line, stock, register, at = due["line"], world.stock, world.tables[TABLE], moment(day, 9)
    slot, qty, worth = (register.get(name, line) for name in ("_slot", "shipped_qty", "_worth"))
    destination, sku = register.get("to_warehouse_id", line), register.get("sku_id", line)
    here = stock.slots(destination, sku, stock.batch[slot], SELLABLE, SELF, stock.expiry[slot])
    stock.move(at, "transfer_in", here, qty, ref_type="transfer", ref_id=register.get("transfer_id", line),
               ref_line_id=line, reason="transfer")  # fmt: skip
    stock.worth.bring(at, destination, sku, qty, worth)
    np.add.at(stock.transfer_to, (destination, sku), -qty)
    register.set(line, at, status=code(TABLE, "status", "received"), received_at=at, received_qty=qty)
    world.postings.post(day, "transfer_in", "1405", worth, warehouse_id=destination)
    world.postings.post(day, "transfer_in", "1402", -worth)
