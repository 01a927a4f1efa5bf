"""Goods on their way back: which carrier, who pays, how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.steps.cases import expect_goods
from simulator.steps.freight import owe
from simulator.steps.tracking import report
from simulator.tables import NULL, code
from simulator.tariffs import charges
from simulator.times import DAY, day_of, moment
from simulator.transit import at_rest, moving_days

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["charge_refused", "send_back"]

RMA, RMA_LINE, ORDER, LINE, SHIPMENT = (
    "aftersales.rma", "aftersales.rma_line", "order.sales_order", "order.sales_order_line", "logistics.shipment",
)  # fmt: skip
PACKAGING_G = 120
INSURED_SHARE = 0.6  # customers whose return freight an insurance pays
LONGEST = 14  # days


def send_back(world: World, rma: np.ndarray, at: np.ndarray) -> None:
    """A parcel for each case, on a day that carriers work; we are billed for all but customers' changes of mind."""
    if at_rest(world, world.day):
        world.agenda.put("rma send", np.full(len(rma), world.day + 1), rma=rma, at=at + DAY)
        return
    cases, masters = world.tables[RMA], world.masters
    by_time = np.lexsort((rma, at))
    rma, at = rma[by_time], at[by_time]
    lines, owner = world.lines_of(RMA, rma)
    first = lines[np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])]
    sku, qty = world.tables[RMA_LINE].get("sku_id", lines), world.tables[RMA_LINE].get("requested_qty", lines)
    luck = world.tables[LINE].get("_u_lag", world.tables[RMA_LINE].get("order_line_id", first))
    province = world.tables[ORDER].get("dest_province", cases.get("order_id", rma))
    warehouse = world.tables[RMA_LINE].get("restock_warehouse_id", first)
    service = _service(world, province, again(luck, 81))
    weight = np.bincount(owner, masters.weight_g[sku] * qty, len(rma)).astype(np.int64) + PACKAGING_G
    volume = np.bincount(owner, masters.volume_cm3[sku] * qty, len(rma)).astype(np.int64)
    zone = masters.zone_of[service, warehouse, province].astype(np.int64)
    fen = charges(masters, service, zone, weight, volume).total
    ours = cases.get("liability", rma) != code(RMA, "liability", "customer")
    insured = again(luck, 82) < INSURED_SHARE
    payer = np.where(insured, code(RMA, "freight_payer", "insurance"), code(RMA, "freight_payer", "customer"))
    waybill = world.tables[SHIPMENT].add(
        len(rma), at, carrier_id=service, service_code=service, direction=code(SHIPMENT, "direction", "return"),
        warehouse_id=warehouse, dest_zone=zone, actual_weight_g=weight, volume_cm3=volume, cod_amount=0,
        est_freight=np.where(ours, fen, NULL), promised_at=at + 4 * DAY, handed_over_at=at, picked_up_at=at,
        final_status=code(SHIPMENT, "final_status", "in_transit"), chosen_by=code(SHIPMENT, "chosen_by", "rule"),
        plan_id=-1, _order=cases.get("order_id", rma), _rma=rma, _service=service,
    )  # fmt: skip
    cases.set(rma, at, status=code(RMA, "status", "returning"), return_waybill_no=waybill,
              return_freight=np.where(ours, fen, 0),
              freight_payer=np.where(ours, code(RMA, "freight_payer", "shop"), payer))  # fmt: skip
    report(world, "collected", at, waybill, service, province)
    owe(world, waybill[ours], service[ours], zone[ours], weight[ours], volume[ours], luck[ours], is_return=True)
    expect_goods(world, rma, 1)
    mean = max(world.parameters.returns.transit_days_mean - 1, 0.0)
    days = 1 + np.minimum(-np.log1p(-again(luck, 83)) * mean + 0.5, LONGEST - 1).astype(np.int64)
    arrives = moving_days(world, world.day, days)
    report(
        world, "signed", moment(arrives, 10) + _second_of_work(rma), waybill, service, masters.province_of[warehouse]
    )
    world.agenda.put("rma receive", day_of(moment(arrives, 10)), rma=rma)


def charge_refused(world: World, rma: np.ndarray) -> None:
    """What customers refused at the door has travelled twice: the carrier bills the way back like the way out.

    A parcel that he broke comes back at his own cost.
    """
    cases, parcels = world.tables[RMA], world.tables[SHIPMENT]
    rma = rma[cases.get("rma_type", rma) == code(RMA, "rma_type", "reject")]
    waybill = cases.get("return_waybill_no", rma)
    service, zone, weight, volume = (
        parcels.get(name, waybill) for name in ("service_code", "dest_zone", "actual_weight_g", "volume_cm3")
    )
    fen = charges(world.masters, service, zone, weight, volume).total
    cases.set(rma, 0, return_freight=fen, freight_payer=code(RMA, "freight_payer", "shop"))
    owe(world, waybill, service, zone, weight, volume, np.ones(len(rma)), is_return=True)


def _service(world: World, province: np.ndarray, share: np.ndarray) -> np.ndarray:
    """By road, each service as often as it is used, one that comes to the customer's province."""
    masters = world.masters
    weight = np.where(~masters.air[:, None] & ~masters.stopped, masters.service_weight[:, None], 0.0)
    upto = np.cumsum(weight, axis=0)[:, province]
    return np.minimum((upto <= share * upto[-1]).sum(axis=0), len(upto) - 1)


def _second_of_work(rma: np.ndarray) -> np.ndarray:
    """Returns are taken in between 10:00 and 17:00; the same second for the scan and the receipt."""
    return rma * 7919 % (7 * 3600)
