"""The supplier's side of an order: he confirms on the next day, tells of delays, announces what he ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps import batches
from simulator.steps.minimums import refused
from simulator.steps.order_lines import close_lines, open_units
from simulator.steps.terms import weekly_capacity
from simulator.tables import code
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["ROAD_DAYS", "follow"]

PO, LINE, ASN = "procurement.purchase_order", "procurement.purchase_order_line", "procurement.asn_line"
ROAD_DAYS = 2  # from the supplier's gate to ours
FIRST_PART = (0.5, 0.3)  # a first part is between a half and 0.8 of the line
OVER_SHARE, SHORT_SHARE = 0.012, 0.985  # uniforms below and above: one in a hundred too much, too little
OFF_BY = 0.05  # share of the line, at least one unit


def follow(world: World, day: int) -> None:
    for kind, step in (("confirm", _confirm), ("tell delay", _tell_delay), ("ship goods", _ship)):
        due = world.agenda.due(kind, day)
        if due is not None:
            step(world, day, **due)


# ---------- confirmation
def _confirm(world: World, day: int, po: np.ndarray) -> None:
    """Confirm at noon what the supplier has; what he has not is cancelled, and so is an order below his minimum."""
    at, register = moment(day, 12), world.tables[LINE]
    lines, owner = world.lines_of(PO, po)
    alive = register.get("line_status", lines) == code(LINE, "line_status", "open")
    lines, owner = lines[alive], owner[alive]
    wanted = open_units(world, lines)
    taken = ~refused(world, po, owner, wanted * register.get("unit_price", lines))[owner]
    qty = np.zeros(len(lines), np.int64)
    qty[taken] = _had(world, day, lines[taken])
    missing = wanted - qty
    _take_off(world, lines, missing)
    register.set(
        lines, at, confirmed_qty=qty, cancelled_qty=register.get("cancelled_qty", lines) + missing,
        promised_date=register.get("_promised", lines), expected_date=register.get("_promised", lines),
        line_status=code(LINE, "line_status", "confirmed"),
    )  # fmt: skip
    stays = np.bincount(owner, qty, len(po)) > 0
    world.tables[PO].set(po[stays], at, status=code(PO, "status", "confirmed"), confirmed_at=at)
    close_lines(world, at, lines[qty == 0], "cancelled")
    going = lines[qty > 0]
    send(world, day, going)
    promised, arrives = register.get("_promised", going), register.get("_arrives", going)
    told = np.clip(register.get("_told", going), day + 1, np.maximum(arrives - ROAD_DAYS, day + 1))
    late = arrives > promised
    world.agenda.put("tell delay", told[late], line=going[late])


def _had(world: World, day: int, lines: np.ndarray) -> np.ndarray:
    """Units the supplier can confirm: first come, first served out of the week's capacity, in whole cases."""
    register, purchasing = world.tables[LINE], world.purchasing
    purchasing.begin_week((day + 3) // 7)
    sku, wanted = register.get("sku_id", lines), open_units(world, lines)
    by_sku = np.argsort(sku, kind="stable")
    running = np.cumsum(wanted[by_sku])
    new = np.r_[True, sku[by_sku][1:] != sku[by_sku][:-1]] if len(lines) else np.zeros(0, bool)
    before = np.empty(len(lines), np.int64)
    start = np.flatnonzero(new)
    before[by_sku] = (
        running - wanted[by_sku] - np.repeat(running[start] - wanted[by_sku][start], np.diff(np.r_[start, len(lines)]))
    )
    left = weekly_capacity(world, day)[sku] - purchasing.promised_units[sku] - before
    case = world.masters.case_units[sku]
    opening = world.tables[PO].get("po_type", register.get("po_id", lines)) == code(PO, "po_type", "initial")
    had = np.where(opening | (left >= wanted), wanted, np.maximum(left, 0) // case * case)
    np.add.at(purchasing.promised_units, sku, had)
    return had


def _take_off(world: World, lines: np.ndarray, units: np.ndarray) -> None:
    """Units that will not come any more."""
    register = world.tables[LINE]
    np.add.at(world.stock.on_order, (register.get("_warehouse", lines), register.get("sku_id", lines)), -units)


def send(world: World, day: int, lines: np.ndarray) -> None:
    """Set the day on which lines leave the supplier, from their day of arrival."""
    register = world.tables[LINE]
    ships = np.maximum(register.get("_arrives", lines) - ROAD_DAYS, day + 1)
    register.set(lines, 0, _ships=ships, _arrives=np.maximum(register.get("_arrives", lines), ships + 1))
    world.agenda.put("ship goods", ships, line=lines)


# ---------- notices
def _tell_delay(world: World, day: int, line: np.ndarray) -> None:
    register = world.tables[LINE]
    waits = (open_units(world, line) > 0) & (register.get("_shipping", line) == 0)
    line = line[waits]
    register.set(line, moment(day, 15), expected_date=register.get("_arrives", line))


def _ship(world: World, day: int, line: np.ndarray) -> None:
    """Goods leave the supplier at 17:00 with a notice: all that is open, or a first part of it."""
    register = world.tables[LINE]
    due = (register.get("_ships", line) == day) & (register.get("_shipping", line) == 0) & (open_units(world, line) > 0)
    line = np.unique(line[due])
    if not len(line):
        return
    at, coming, sent = moment(day, 17), *_loaded(world, line)
    arrives, po = register.get("_arrives", line), register.get("po_id", line)
    warehouse, sku = register.get("_warehouse", line), register.get("sku_id", line)
    register.set(line, at, _coming=coming, _shipping=sent, expected_date=arrives)
    np.add.at(world.stock.shipped_to, (warehouse, sku), np.minimum(coming, sent))
    said = np.minimum(coming, sent)  # too much is found out at the dock only
    by_notice = np.lexsort((line, arrives, po))
    line, arrives, po, sku, said = (values[by_notice] for values in (line, arrives, po, sku, said))
    new = np.r_[True, (po[1:] != po[:-1]) | (arrives[1:] != arrives[:-1])]
    number = world.tables[ASN].count + np.flatnonzero(new)[np.cumsum(new) - 1]
    eta = moment(arrives, 9)
    world.tables[ASN].add(
        len(line), at, asn_id=number, po_line_id=line, shipped_at=at, eta=eta, shipped_qty=said, waybill_no=number,
        appointment_at=eta, **batches.printed(world, sku, register.get("_made", line)),
    )  # fmt: skip
    world.agenda.put("receive goods", arrives, line=line)


def _loaded(world: World, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Units that the order book expects in this drop, and units really loaded."""
    masters, register = world.masters, world.tables[LINE]
    still, u_drop, u_count = open_units(world, line), register.get("_u_drop", line), register.get("_u_count", line)
    initial = world.tables[PO].get("po_type", register.get("po_id", line)) == code(PO, "po_type", "initial")
    case = masters.case_units[register.get("sku_id", line)]
    share = masters.short_share[register.get("_supplier", line)]
    part = np.rint(still * (FIRST_PART[0] + FIRST_PART[1] * u_count) / case).astype(np.int64) * case
    split = (register.get("_drop", line) == 0) & (u_drop < share) & (part > 0) & (part < still) & ~initial
    register.set(line, 0, _first_drop=split.astype(np.int64))
    coming = np.where(split, part, still)
    off = np.maximum(np.rint(still * OFF_BY), 1).astype(np.int64)
    over, short = u_count < OVER_SHARE, (u_count > SHORT_SHARE) & (coming > off)
    whole = ~split & ~initial
    return coming, coming + np.where(whole & over, off, 0) - np.where(whole & short, off, 0)
