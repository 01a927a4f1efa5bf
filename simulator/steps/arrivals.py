"""Goods come in from suppliers between 08:00 and 10:00: counted, inspected, put away, owed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps import batches, payables
from simulator.steps.confirmations import send
from simulator.steps.order_lines import close_lines
from simulator.stock import SELF, SELLABLE
from simulator.tables import code
from simulator.times import MINUTE, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["poisson_quantile", "receive"]

PO, LINE, RECEIPT = (
    "procurement.purchase_order",
    "procurement.purchase_order_line",
    "procurement.goods_receipt_line",
)
DOCK_MINUTES = 100  # lorries are unloaded from 08:00 on for so long
SECOND_PART = (3, 5)  # days after the first, and how many days this varies over


def receive(world: World, day: int) -> None:
    due = world.agenda.due("receive goods", day)
    if due is None:
        return
    po = world.tables[LINE].get("po_id", due["line"])
    # The lorries' order at the dock has no say in anything but the clock.
    at = moment(day, 8) + (po * 37 % DOCK_MINUTES) * MINUTE
    book_receipt(world, due["line"], at)


def book_receipt(world: World, line: np.ndarray, at: np.ndarray) -> None:
    """Receive what was shipped of these lines at these times."""
    register = world.tables[LINE]
    expected, sent = register.get("_coming", line), register.get("_shipping", line)
    supplier, warehouse = register.get("_supplier", line), register.get("_warehouse", line)
    sku, price, po = (register.get(name, line) for name in ("sku_id", "unit_price", "po_id"))
    inside = np.minimum(expected, sent)
    bad = _defects(world, line, inside, supplier)
    excess = sent - inside
    accepted = inside - bad
    label = batches.printed(world, sku, register.get("_made", line))
    number = _receipt_numbers(world, po)
    receipts = world.tables[RECEIPT].add(
        len(line), receipt_id=number, receipt_type=code(RECEIPT, "receipt_type", "purchase"), po_line_id=line,
        supplier_id=supplier, sku_id=sku, warehouse_id=warehouse, received_at=at, inspected_at=at + 10 * MINUTE,
        putaway_at=at + 18 * MINUTE, received_qty=sent, accepted_qty=accepted, rejected_qty=bad + excess,
        reject_reason=_reason(bad, excess), defect=0, bin_id=world.bin_of[warehouse, sku], unit_cost=price,
        **label,
    )  # fmt: skip
    into_stock(world, at, warehouse, sku, accepted, label, number, receipts, accepted * price)
    batches.record(world, int(at.min()), label, sku, supplier, price)
    worth = accepted * price
    world.postings.post(world.day, "goods_receipt", "1405", worth, warehouse_id=warehouse)
    world.postings.post(world.day, "goods_receipt", "220201", -worth, supplier_id=supplier)
    np.add.at(world.purchasing.bought, supplier, worth)
    np.add.at(world.stock.on_order, (warehouse, sku), -inside)
    np.add.at(world.stock.shipped_to, (warehouse, sku), -inside)
    register.set(
        line, at, received_qty=register.get("received_qty", line) + sent,
        rejected_qty=register.get("rejected_qty", line) + bad + excess,
    )  # fmt: skip
    world.tables[PO].bump("_receipts", po, 1)
    payables.expect_invoice(world, receipts, line, po, supplier, accepted, price)
    _carry_on(world, line, at, expected - inside)


def _receipt_numbers(world: World, po: np.ndarray) -> np.ndarray:
    """One receipt for each order of the day, numbered by its first line."""
    _, first, back = np.unique(po, return_index=True, return_inverse=True)
    return world.tables[RECEIPT].count + first[back.ravel()]


def into_stock(world: World, at, warehouse, sku, qty, label, ref_id, ref_line_id, worth) -> None:
    """Put own goods from a supplier on the shelf."""
    slots = world.stock.slots(warehouse, sku, label["batch_no"], SELLABLE, SELF, label["expiry_date"])
    came = qty > 0
    world.stock.move(at[came], "po_in", slots[came], qty[came], ref_type="goods_receipt", ref_id=ref_id[came],
                     ref_line_id=ref_line_id[came], reason="purchase")  # fmt: skip
    world.stock.worth.bring(at, warehouse, sku, qty, worth)


def _carry_on(world: World, line: np.ndarray, at: np.ndarray, missing: np.ndarray) -> None:
    """Finish lines that are through, with what never came cancelled; send for the second part of the others."""
    register, orders, day = world.tables[LINE], world.tables[PO], world.day
    po, more = register.get("po_id", line), register.get("_first_drop", line) == 1
    partly = np.unique(po)
    orders.set(partly, int(at.max()), status=code(PO, "status", "part_received"))
    register.set(line, at, _shipping=0, _coming=0)
    rest, done = line[more], line[~more]
    if len(rest):
        gap = SECOND_PART[0] + np.floor(register.get("_u_count", rest) * SECOND_PART[1]).astype(np.int64)
        register.set(rest, at[more], line_status=code(LINE, "line_status", "part_received"), _drop=1,
                     _arrives=day + gap, expected_date=day + gap)  # fmt: skip
        send(world, day, rest)
    short = missing[~more]
    warehouse, sku = register.get("_warehouse", done), register.get("sku_id", done)
    np.add.at(world.stock.on_order, (warehouse, sku), -short)
    register.set(done, at[~more], cancelled_qty=register.get("cancelled_qty", done) + short)
    promised = register.get("_promised", done)
    world.truth.add("receipt", po_line=done, day=np.full(len(done), day), late_days=day - promised)
    close_lines(world, at[~more], done, "received")


def _defects(world: World, line: np.ndarray, units: np.ndarray, supplier: np.ndarray) -> np.ndarray:
    """Units that fail inspection: Poisson at the supplier's defect rate, drawn with the order."""
    register = world.tables[LINE]
    luck = register.get("_u_defect", line)
    luck = np.where(register.get("_drop", line) == 1, luck * 7.0 % 1.0, luck)
    opening = world.tables[PO].get("po_type", register.get("po_id", line)) == code(PO, "po_type", "initial")
    return np.where(opening, 0, poisson_quantile(units * world.masters.defect_rate[supplier], luck, units))


def poisson_quantile(mean: np.ndarray, uniform: np.ndarray, most: np.ndarray) -> np.ndarray:
    """The smallest count whose Poisson probability of not being exceeded is above `uniform`, up to `most`."""
    count = np.zeros(len(mean), np.int64)
    term = np.exp(-mean)
    total = term.copy()
    while True:
        more = (total <= uniform) & (count < most) & (term > 0)
        if not more.any():
            return count
        count += more
        term = np.where(more, term * mean / np.maximum(count, 1), term)
        total = np.where(more, total + term, total)


def _reason(bad: np.ndarray, excess: np.ndarray) -> np.ndarray:
    names = {name: code(RECEIPT, "reject_reason", name) for name in ("defective", "excess", "damaged")}
    spoilt = np.where(bad % 2 == 1, names["defective"], names["damaged"])
    return np.select([bad > 0, excess > 0], [spoilt, names["excess"]], -1)
