"""Purchases: what was decided becomes approved orders, one per supplier, warehouse and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.decisions import Purchases
from simulator.masters import purchase_prices
from simulator.steps import order_changes, transfers
from simulator.steps.lead_times import lead_times
from simulator.steps.terms import VAT, vat_on
from simulator.tables import code
from simulator.times import HOUR, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["buy", "order", "write"]

PO, LINE = "procurement.purchase_order", "procurement.purchase_order_line"
CONFIRMED_AFTER = 1  # days


def buy(world: World, day: int) -> None:
    """Let the policy decide at 10:00 and carry out what was decided: orders, transfers, changes of open orders."""
    world.policy.buy(world, day)
    for purchases in world.decisions.take("purchases"):
        order(world, day, _delayed(world, day, purchases))
    late = world.agenda.due("late decision", day)
    if late is not None:
        order(world, day, Purchases(**late))
    for moves in world.decisions.take("transfers"):
        transfers.plan(world, day, moves)
    for actions in world.decisions.take("actions"):
        order_changes.carry_out(world, day, actions)


def _delayed(world: World, day: int, wanted: Purchases) -> Purchases:
    """What is ordered today of our suggestions: some lie on a buyer's desk for days."""
    if not wanted.on_desk:
        return wanted
    luck = world.streams.rng("delay", day).random(world.stock.shape)[wanted.warehouse, wanted.sku]
    days = np.floor(-np.log1p(-luck) * world.parameters.acting.delay_days_mean).astype(np.int64)
    columns = {name: getattr(wanted, name) for name in ("supplier", "warehouse", "sku", "qty", "suggestion")}
    later = days > 0
    world.agenda.put("late decision", day + days[later], **{name: values[later] for name, values in columns.items()})
    return Purchases(**{name: values[~later] for name, values in columns.items()}, kind=wanted.kind)


def order(world: World, day: int, wanted: Purchases) -> np.ndarray:
    """Place orders at 10:00; the supplier will confirm tomorrow. Returns the serial numbers of the lines."""
    if not len(wanted.sku):
        return np.zeros(0, np.int64)
    headers, lines = write(world, day, wanted)
    world.agenda.put("confirm", np.full(len(headers), day + CONFIRMED_AFTER), po=headers)
    _remember(world, day, lines)
    return lines


def write(world: World, day: int, wanted: Purchases) -> tuple[np.ndarray, np.ndarray]:
    """Write approved orders, one per supplier and warehouse. Returns the serial numbers of orders and lines."""
    n = len(wanted.sku)
    group = wanted.supplier * world.stock.shape[0] + wanted.warehouse
    by_order = np.lexsort((wanted.sku, group))
    supplier, warehouse, sku, qty, suggestion = (
        np.asarray(getattr(wanted, name), np.int64)[by_order]
        for name in ("supplier", "warehouse", "sku", "qty", "suggestion")
    )
    group = group[by_order]
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    count = np.diff(np.r_[first, n])
    owner = np.repeat(np.arange(len(first)), count)
    price = purchase_prices(world.masters, day, supplier, sku, qty)
    headers = _headers(world, day, wanted.kind, supplier[first], warehouse[first], owner, qty * price, suggestion)
    lead = lead_times(world, day)
    fate = world.streams.rng("receipt", day).random((3, *world.stock.shape))[:, warehouse, sku]
    case = world.masters.case_units[sku]
    lines = world.tables[LINE].add(
        n, moment(day, 10), po_id=headers[owner], line_no=np.arange(n) - first[owner] + 1, sku_id=sku, ordered_qty=qty,
        purchase_uom=np.where(case > 1, world.place("uom", "箱"), world.place("uom", "件")), uom_ratio=case,
        unit_price=price, tax_rate=VAT, discount=0, requested_date=lead.usual[supplier], suggestion_id=suggestion,
        received_qty=0, rejected_qty=0, cancelled_qty=0, line_status=code(LINE, "line_status", "open"),
        _supplier=supplier, _warehouse=warehouse, _promised=lead.promised[supplier], _arrives=lead.arrives[supplier],
        _told=lead.told[supplier],
        _made=lead.arrives[supplier] - lead.age[supplier], _drop=0, _coming=0, _shipping=0, _first_drop=0,
        _u_drop=fate[0], _u_count=fate[1], _u_defect=fate[2],
    )  # fmt: skip
    world.tables[PO].set(headers, moment(day, 13), _first_line=lines[first], _lines=count)
    np.add.at(world.stock.on_order, (warehouse, sku), qty)
    world.purchasing.opened(lines)
    return headers, lines


def _headers(world: World, day, kind, supplier, warehouse, owner, net, suggestion) -> np.ndarray:
    n = len(supplier)
    goods = np.bincount(owner, net, n).astype(np.int64)
    tax = vat_on(goods)
    ours = np.bincount(owner, suggestion >= 0, n) > 0
    return world.tables[PO].add(
        n, moment(day, 13), po_type=code(PO, "po_type", kind), supplier_id=supplier, ship_to_warehouse_id=warehouse,
        status=code(PO, "status", "approved"), ordered_at=moment(day, 10), approved_at=moment(day, 10) + 3 * HOUR,
        buyer=supplier % len(world.books["buyer"]), tax_included=0, goods_amount=goods, tax_amount=tax,
        freight_amount=0, total_amount=goods + tax, settle_status=code(PO, "settle_status", "unsettled"),
        origin=np.where(ours, code(PO, "origin", "suggestion"), code(PO, "origin", "manual")),
        _finished=0, _receipts=0, _settled=0,
    )  # fmt: skip


def _remember(world: World, day: int, lines: np.ndarray) -> None:
    """Keep the truth about each line's lead time."""
    get, lead = world.tables[LINE].get, lead_times(world, day)
    supplier = get("_supplier", lines)
    world.truth.add(
        "lead_time", po_line=lines, supplier=supplier, warehouse=get("_warehouse", lines), sku=get("sku_id", lines),
        qty=get("ordered_qty", lines), ordered=np.full(len(lines), day), started=lead.started[supplier],
        promised=lead.promised[supplier], arrives=lead.arrives[supplier],
    )  # fmt: skip
