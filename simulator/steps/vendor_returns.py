"""Defective goods go back to their suppliers once a month, who owe us what we paid; the rest is scrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps.expiry import scrap
from simulator.steps.terms import allows
from simulator.stock import DEFECTIVE, SELF
from simulator.tables import code
from simulator.times import as_date, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["send_back"]

RECEIPT = "procurement.goods_receipt_line"
DAY_OF_MONTH = 20


def send_back(world: World, day: int) -> None:
    """At 10:00 on the 20th: back against the last order that is invoiced, as far as that brought so many units."""
    if as_date(day).day != DAY_OF_MONTH:
        return
    stock, memory = world.stock, world.purchasing
    slot = np.flatnonzero((stock.status == DEFECTIVE) & (stock.owner == SELF) & (stock.available() > 0))
    line = memory.invoiced_line[stock.warehouse[slot], stock.sku[slot]]
    taken_back = line >= 0
    taken_back[taken_back] = allows(world, "return_allowed")[_supplier(world, line[taken_back])]
    scrap(world, day, slot[~taken_back], "damage")
    slot = slot[taken_back]
    # One slot of a SKU at a time, so that a line never gets more back than it brought.
    _, first = np.unique(stock.warehouse[slot] * stock.shape[1] + stock.sku[slot], return_index=True)
    slot = slot[np.sort(first)]
    qty = np.minimum(stock.available()[slot], memory.returnable[stock.warehouse[slot], stock.sku[slot]])
    _write(world, day, slot[qty > 0], qty[qty > 0])


def _supplier(world: World, line: np.ndarray) -> np.ndarray:
    return world.tables["procurement.purchase_order_line"].get("_supplier", line)


def _write(world: World, day: int, slot: np.ndarray, qty: np.ndarray) -> None:
    if not len(slot):
        return
    stock, memory, at = world.stock, world.purchasing, moment(day, 10)
    where = warehouse, sku = stock.warehouse[slot], stock.sku[slot]
    line, po, price = memory.invoiced_line[where], memory.invoiced_order[where], memory.price[where]
    supplier = _supplier(world, line)
    memory.returnable[where] -= qty
    receipts = world.tables[RECEIPT].add(
        len(slot), receipt_id=world.tables[RECEIPT].count + np.arange(len(slot)),
        receipt_type=code(RECEIPT, "receipt_type", "purchase_return"), po_line_id=line, supplier_id=supplier,
        sku_id=sku, warehouse_id=warehouse, received_at=at, inspected_at=at, received_qty=-qty, accepted_qty=-qty,
        rejected_qty=0, defect=1, batch_no=stock.batch[slot], bin_id=world.bin_of[where], unit_cost=price,
    )  # fmt: skip
    stock.move(at, "return_out", slot, -qty, ref_type="goods_receipt", ref_id=receipts, ref_line_id=receipts,
               reason="return")  # fmt: skip
    owed = qty * price
    np.add.at(world.purchasing.bought, supplier, -owed)

    def post(worth: np.ndarray) -> None:
        world.postings.post(day, "return_to_vendor", "220201", owed, supplier_id=supplier)
        world.postings.post(day, "return_to_vendor", "1405", -worth, warehouse_id=warehouse)
        world.postings.post(day, "return_to_vendor", "6401", worth - owed, sku_id=sku)

    stock.worth.take(at, warehouse, sku, qty, post)
    world.agenda.put("invoice", np.full(len(slot), day), receipt=receipts, line=line, po=po, supplier=supplier,
                     qty=-qty, price=price, red=np.ones(len(slot), np.int64))  # fmt: skip
