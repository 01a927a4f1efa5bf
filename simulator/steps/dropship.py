"""Suppliers and merchants send their own parcels; we hear of it, and buy what a dropship supplier sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.masters import purchase_prices
from simulator.steps.parcels import Sending, send
from simulator.steps.payables import expect_invoice
from simulator.steps.revenue import recognise
from simulator.steps.states import advance, value_of
from simulator.tables import code
from simulator.times import DAY, day_of, moment
from simulator.transit import at_rest

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["ship_elsewhere"]

ORDER, LINE = "order.sales_order", "order.sales_order_line"
PO, PO_LINE, RECEIPT = (
    "procurement.purchase_order", "procurement.purchase_order_line", "procurement.goods_receipt_line",
)  # fmt: skip
SENT_BY, NEXT_DAY = 14, 15  # hour until which orders leave on the same day, at 17:00; others at 15:00 of the next
SLOW_SHARE = 0.12  # orders that a supplier sends one to three days later
PACKAGING_G = 120
RECEIPT_NUMBERS = 700_000_000  # confirmations are numbered apart from our own receipts


def ship_elsewhere(world: World, day: int) -> None:
    """Orders that came in are sent on the suppliers' days; on carriers' rest days nobody sends."""
    new = world.agenda.due("ship elsewhere", day)
    if new is not None:
        _schedule(world, new["order"], new["at"])
    due = world.agenda.due("supplier sends", day)
    if due is None:
        return
    if at_rest(world, day):
        tomorrow = np.full(len(due["order"]), day + 1)
        world.agenda.put("supplier sends", tomorrow, order=due["order"], at=due["at"] + DAY)
        return
    order = np.lexsort((due["order"], due["at"]))
    _send(world, due["order"][order], due["at"][order])


def _schedule(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    day = day_of(at)
    today = at < moment(day, SENT_BY)
    share = again(world.tables[ORDER].get("_u_speed", orders), 51)
    late = np.where(share < SLOW_SHARE, 1 + (share / SLOW_SHARE * 3).astype(np.int64), 0)
    leaves = np.where(today & (late == 0), moment(day, 17), moment(day + np.maximum(late, 1), NEXT_DAY))
    world.agenda.put("supplier sends", day_of(leaves), order=orders, at=leaves)


def _send(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    sales, register, masters = world.tables[ORDER], world.tables[LINE], world.masters
    lines, owner = world.lines_of(ORDER, orders)
    going = register.get("cancelled_qty", lines) == 0
    lines, owner = lines[going], owner[going]
    register.set(lines, at[owner], shipped_qty=register.get("qty", lines), _cost=0,
                 line_status=code(LINE, "line_status", "shipped"))  # fmt: skip
    bought = register.get("fulfil_mode", lines) == code(LINE, "fulfil_mode", "dropship")
    if bought.any():
        _buy(world, orders, at, lines[bought], owner[bought])
    recognise(world, lines)
    sku, qty = register.get("sku_id", lines), register.get("qty", lines)
    province = sales.get("dest_province", orders)
    n = len(orders)
    send(world, Sending(
        at=at, order=orders, outbound=np.full(n, -1), warehouse=masters.rank[province, 0].astype(np.int64),
        province=province, service=_usual_service(world, orders, province),
        weight_g=np.bincount(owner, masters.weight_g[sku] * qty, n).astype(np.int64) + PACKAGING_G,
        volume_cm3=np.bincount(owner, masters.volume_cm3[sku] * qty, n).astype(np.int64),
        value=np.bincount(owner, value_of(world, lines), n).astype(np.int64), plan=np.full(n, -1),
        share=sales.get("_u_transit", orders), trouble=sales.get("_u_trouble", orders),
        may_be_refused=np.zeros(n, bool),
    ))  # fmt: skip
    sales.note(orders, _parcels=1, _shipped=1)
    advance(world, at, orders, "shipped", "warehouse")


def _usual_service(world: World, orders: np.ndarray, province: np.ndarray) -> np.ndarray:
    """Every supplier has one carrier, by road, and another where that one does not go."""
    masters, sales = world.masters, world.tables[ORDER]
    by_road = np.flatnonzero(~masters.air)
    who = np.maximum(sales.get("supplier_id", orders), sales.get("merchant_id", orders))
    usual = by_road[who % len(by_road)]
    anywhere = (~masters.stopped[:, province]).argmax(axis=0)
    return np.where(masters.stopped[usual, province], anywhere, usual)


def _buy(world: World, orders: np.ndarray, at: np.ndarray, lines: np.ndarray, owner: np.ndarray) -> None:
    """One purchase order per customer order, received as it leaves the supplier."""
    masters, register, day = world.masters, world.tables[LINE], world.day
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    count, place = np.diff(np.r_[first, len(owner)]), np.cumsum(np.r_[True, owner[1:] != owner[:-1]]) - 1
    of, when = owner[first], at[owner]
    sku, qty = register.get("sku_id", lines), register.get("qty", lines)
    supplier = world.tables[ORDER].get("supplier_id", orders[owner])
    price, rate = purchase_prices(masters, day, supplier, sku, qty), register.get("tax_rate", lines)
    net = price * qty
    goods = np.bincount(place, net).astype(np.int64)
    tax = np.bincount(place, (2 * net * rate + 1_000_000) // 2_000_000).astype(np.int64)
    po = world.tables[PO].add(
        len(of), at[of], po_type=code(PO, "po_type", "dropship"), supplier_id=supplier[first],
        status=code(PO, "status", "received"), ordered_at=at[of], approved_at=at[of], confirmed_at=at[of], buyer=1,
        tax_included=0, goods_amount=goods, tax_amount=tax, freight_amount=0, total_amount=goods + tax,
        settle_status=code(PO, "settle_status", "unsettled"), origin=code(PO, "origin", "manual"), _lines=count,
    )  # fmt: skip
    po_lines = world.tables[PO_LINE].add(
        len(lines), when, po_id=po[place], line_no=np.arange(len(lines)) - first[place] + 1, sku_id=sku,
        ordered_qty=qty,
        purchase_uom=0, uom_ratio=1, confirmed_qty=qty, unit_price=price, tax_rate=rate, discount=0, requested_date=day,
        promised_date=day, expected_date=day, received_qty=qty, rejected_qty=0, cancelled_qty=0,
        line_status=code(PO_LINE, "line_status", "received"), _supplier=supplier, _warehouse=-1,
    )  # fmt: skip
    world.tables[PO].note(po, _first_line=po_lines[first])
    receipt = world.tables[RECEIPT].add(
        len(lines), receipt_id=RECEIPT_NUMBERS + po[place],
        receipt_type=code(RECEIPT, "receipt_type", "dropship_confirm"), po_line_id=po_lines, supplier_id=supplier,
        sku_id=sku, warehouse_id=_places(world)[supplier], received_at=when, received_qty=qty, accepted_qty=qty,
        rejected_qty=0, defect=0, unit_cost=price,
    )  # fmt: skip
    expect_invoice(world, receipt, po_lines, po[place], supplier, qty, price)
    register.note(lines, _cost=net)
    world.postings.post(day, "dropship_cost", "6401", net, sku_id=sku)
    world.postings.post(day, "dropship_cost", "220201", -net, supplier_id=supplier)


def _places(world: World) -> np.ndarray:
    """Place of each dropship supplier's own warehouse in the book of warehouses."""
    names = world.masters.dropship_place
    return np.array([world.place("warehouse", name) if name else -1 for name in names], np.int64)
