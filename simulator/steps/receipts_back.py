"""Returned goods come in: into quality hold, at the cost at which they left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.steps.cases import expect_goods, part_of
from simulator.steps.return_parcels import charge_refused
from simulator.steps.tracking import report
from simulator.stock import QUALITY_HOLD, SELF
from simulator.tables import code
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["receive"]

RMA, RMA_LINE, LINE, SHIPMENT, RECEIPT = (
    "aftersales.rma", "aftersales.rma_line", "order.sales_order_line", "logistics.shipment",
    "procurement.goods_receipt_line",
)  # fmt: skip
RECEIPT_NUMBERS = 500_000_000  # returns are numbered apart from suppliers' deliveries
SECOND_DAY_SHARE = 0.3  # returns that wait a day longer for their inspection


def receive(world: World, rma: np.ndarray) -> None:
    """Take in the parcels of cases; a box may turn out empty."""
    cases = world.tables[RMA]
    rma = np.sort(rma)
    at = moment(world.day, 10) + rma * 7919 % (7 * 3600)
    _sign(world, at, rma)
    charge_refused(world, rma)
    expect_goods(world, rma, -1)
    cases.set(rma, at, status=code(RMA, "status", "received"), received_at=at)
    lines, owner = world.lines_of(RMA, rma)
    register, sold = world.tables[RMA_LINE], world.tables[LINE]
    luck = sold.get("_u_inspect", register.get("order_line_id", lines))
    sent_by_customer = np.isin(
        cases.get("rma_type", rma), [code(RMA, "rma_type", k) for k in ("exchange", "return_refund")]
    )
    broken = cases.get("reason_code", rma) == code(RMA, "reason_code", "damaged_in_transit")
    empty = (sent_by_customer & ~broken)[owner] & (again(luck, 91) < world.parameters.returns.missing_share)
    register.set(lines[empty], at[owner[empty]], inspection=code(RMA_LINE, "inspection", "missing"))
    came = ~empty
    if came.any():
        _take_in(world, at[owner[came]], rma[owner[came]], lines[came])
    first = luck[np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])]
    world.agenda.put("rma restock", world.day + 1 + (again(first, 92) < SECOND_DAY_SHARE), rma=rma)


def _sign(world: World, at: np.ndarray, rma: np.ndarray) -> None:
    """The parcel is ours again: a customer's return, or one of our own that turned round."""
    waybill = world.tables[RMA].get("return_waybill_no", rma)
    parcels = world.tables[SHIPMENT]
    turned = parcels.get("direction", waybill) == code(SHIPMENT, "direction", "outbound")
    parcels.set(waybill[~turned], at[~turned], delivered_at=at[~turned],
                final_status=code(SHIPMENT, "final_status", "delivered"))  # fmt: skip
    parcels.set(waybill[turned], at[turned], returned_at=at[turned])
    place = world.masters.province_of[parcels.get("warehouse_id", waybill)]
    report(
        world, "returned_signed", at[turned], waybill[turned], parcels.get("carrier_id", waybill[turned]), place[turned]
    )


def _take_in(world: World, at: np.ndarray, rma: np.ndarray, lines: np.ndarray) -> None:
    stock, register, sold = world.stock, world.tables[RMA_LINE], world.tables[LINE]
    order_lines, sku = register.get("order_line_id", lines), register.get("sku_id", lines)
    warehouse, qty = register.get("restock_warehouse_id", lines), register.get("requested_qty", lines)
    left = sold.get("_slot", order_lines)
    ours = left >= 0
    owner, batch, expiry = np.full(len(left), SELF), np.full(len(left), -1), np.zeros(len(left), np.int64)
    owner[ours], batch[ours], expiry[ours] = stock.owner[left[ours]], stock.batch[left[ours]], stock.expiry[left[ours]]
    slot = stock.slots(warehouse, sku, batch, QUALITY_HOLD, owner, expiry)
    stock.move(at, "return_in", slot, qty, ref_type="rma", ref_id=rma, ref_line_id=lines, reason="return")
    cost = part_of(sold.get("_cost", order_lines), qty, sold.get("qty", order_lines))
    mine = owner == SELF
    stock.worth.bring(at[mine], warehouse[mine], sku[mine], qty[mine], cost[mine])
    world.postings.post(world.day, "return_cost", "1405", cost[mine], warehouse_id=warehouse[mine])
    world.postings.post(world.day, "return_cost", "6401", -cost[mine], sku_id=sku[mine])
    receipt = world.tables[RECEIPT].add(
        len(lines), receipt_id=RECEIPT_NUMBERS + rma,
        receipt_type=code(RECEIPT, "receipt_type", "return_from_customer"),
        sku_id=sku, warehouse_id=warehouse, received_at=at, putaway_at=at, received_qty=qty, accepted_qty=qty,
        rejected_qty=0, defect=0, batch_no=batch, expiry_date=expiry, bin_id=world.bin_of[warehouse, sku],
        unit_cost=part_of(cost, np.ones_like(qty), qty),
    )  # fmt: skip
    register.set(lines, at, received_qty=qty, restock_receipt_line_id=receipt, batch_no=batch, _slot=slot)
    sold.set(order_lines, at, returned_qty=sold.get("returned_qty", order_lines) + qty)
