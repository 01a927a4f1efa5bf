"""Changes of open purchase orders: taken while nothing of the line is on the road, within what the supplier can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps.confirmations import ROAD_DAYS, send
from simulator.steps.lead_times import after_working, working_days
from simulator.steps.order_lines import close_lines, open_units
from simulator.steps.terms import vat_on
from simulator.tables import code
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.decisions import Actions
    from simulator.world import World

__all__ = ["carry_out"]

PO, LINE = "procurement.purchase_order", "procurement.purchase_order_line"
HASTE = 0.7  # an expedited order still takes this share of its supplier's working days that were left


def carry_out(world: World, day: int, actions: Actions) -> None:
    """Change lines at 11:00. What has shipped or ended stays as it is; so does a quantity of half a case."""
    register = world.tables[LINE]
    known = (actions.po_line >= register.base) & (actions.po_line < register.count)
    line, kind, qty, to = (values[known] for values in (actions.po_line, actions.action, actions.qty, actions.day))
    line, last = np.unique(line[::-1], return_index=True)  # the latest word counts
    kind, qty, to = kind[::-1][last], qty[::-1][last], to[::-1][last]
    free = (register.get("_shipping", line) == 0) & (open_units(world, line) > 0)
    line, kind, qty, to = line[free], kind[free], qty[free], to[free]
    less = np.isin(kind, ("cancel", "reduce"))
    confirmed = register.get("line_status", line) != code(LINE, "line_status", "open")
    off = _reduce(world, day, line[less], np.where(kind == "cancel", 0, qty)[less])
    _charge(world, line[less], np.where(confirmed[less], off, 0), world.parameters.acting.cancel_fee_share)
    more = kind == "increase"
    _increase(world, day, line[more], qty[more])
    moved = np.isin(kind, ("expedite", "defer")) & confirmed
    _move(world, day, line[moved], to[moved], kind[moved] == "expedite")


def _whole_cases(world: World, line: np.ndarray, qty: np.ndarray) -> np.ndarray:
    case = world.masters.case_units[world.tables[LINE].get("sku_id", line)]
    return -(-np.maximum(qty, 0) // case) * case


def _change(world: World, line: np.ndarray, units: np.ndarray) -> None:
    register = world.tables[LINE]
    np.add.at(world.stock.on_order, (register.get("_warehouse", line), register.get("sku_id", line)), units)


def _charge(world: World, line: np.ndarray, units: np.ndarray, share: float) -> None:
    """What the suppliers want for a change of so many units of each line."""
    worth = units * world.tables[LINE].get("unit_price", line)
    world.purchasing.charged += int(np.rint(worth * share).sum())


def _reduce(world: World, day: int, line: np.ndarray, qty: np.ndarray) -> np.ndarray:
    """Cancel what is open beyond `qty`; returns the units cancelled of each line."""
    register, at = world.tables[LINE], moment(day, 11)
    off = np.maximum(open_units(world, line) - _whole_cases(world, line, qty), 0)
    _change(world, line, -off)
    register.set(line, at, cancelled_qty=register.get("cancelled_qty", line) + off)
    gone = open_units(world, line) == 0
    partly = register.get("received_qty", line) > 0
    close_lines(world, at, line[gone & partly], "received")
    close_lines(world, at, line[gone & ~partly], "cancelled")
    return off


def _increase(world: World, day: int, line: np.ndarray, qty: np.ndarray) -> None:
    """Raise the ordered and confirmed quantity; the order's amounts follow."""
    register, orders, at = world.tables[LINE], world.tables[PO], moment(day, 11)
    more = np.maximum(_whole_cases(world, line, qty) - open_units(world, line), 0)
    line, more = line[more > 0], more[more > 0]
    if not len(line):
        return
    _change(world, line, more)
    confirmed = register.get("confirmed_qty", line)
    register.set(line, at, ordered_qty=register.get("ordered_qty", line) + more,
                 confirmed_qty=np.where(confirmed >= 0, confirmed + more, confirmed))  # fmt: skip
    po, owner = np.unique(register.get("po_id", line), return_inverse=True)
    net = np.bincount(owner, more * register.get("unit_price", line), len(po)).astype(np.int64)
    goods = orders.get("goods_amount", po) + net
    tax = vat_on(goods)
    orders.set(po, at, goods_amount=goods, tax_amount=tax, total_amount=goods + tax)


def _move(world: World, day: int, line: np.ndarray, to: np.ndarray, sooner: np.ndarray) -> None:
    """Bring lines forward or put them off; the supplier says at once what he expects now."""
    register, at = world.tables[LINE], moment(day, 11)
    arrives = register.get("_arrives", line)
    supplier, today = register.get("_supplier", line), np.full(len(line), day)
    left = working_days(world, supplier, today, arrives)
    soonest = after_working(world, supplier, today, np.maximum(np.ceil(left * HASTE), ROAD_DAYS + 1).astype(np.int64))
    new = np.where(sooner, np.minimum(np.maximum(to, soonest), arrives), np.maximum(to, arrives))
    hastened = np.where(new < arrives, open_units(world, line), 0)
    _charge(world, line, hastened, world.parameters.acting.expedite_fee_share)
    register.set(line, at, _arrives=new, expected_date=new)
    send(world, day, line)
