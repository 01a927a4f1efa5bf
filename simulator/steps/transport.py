"""Parcels leave: stock goes down, the cost is booked, revenue is recognised, the carrier has the goods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.steps.carriers import Parcels, choose, take_choices
from simulator.steps.dropship import ship_elsewhere
from simulator.steps.parcels import Sending, send
from simulator.steps.revenue import recognise
from simulator.steps.states import advance
from simulator.stock import SELF
from simulator.tables import code
from simulator.times import HOUR, moment
from simulator.transit import at_rest

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["hand_over", "transport"]

OUT, OUT_LINE, ORDER, LINE = (
    "warehouse.outbound_order", "warehouse.outbound_line", "order.sales_order", "order.sales_order_line",
)  # fmt: skip
NOON_HANDOVER = 13 * HOUR  # what was packed by then leaves at once, the rest in the evening


def transport(world: World, day: int) -> None:
    """Hand over what is packed, and let suppliers and merchants send theirs; on carriers' rest days all waits."""
    take_choices(world)
    if not at_rest(world, day):
        hand_over(world, day)
    ship_elsewhere(world, day)


def hand_over(world: World, day: int) -> None:
    out = world.tables[OUT]
    packed = np.flatnonzero(out.live("status") == code(OUT, "status", "packed")) + out.base
    if not len(packed):
        return
    noon = moment(day) + NOON_HANDOVER
    evening = moment(day) + (world.masters.handover_hour[out.get("warehouse_id", packed)] * HOUR).astype(np.int64)
    at = np.where(out.get("packed_at", packed) <= noon, noon, evening)
    order = np.lexsort((packed, at))
    packed, at = packed[order], at[order]
    sales = world.tables[ORDER]
    parcels = Parcels(
        warehouse=out.get("warehouse_id", packed), province=out.get("dest_province", packed),
        weight_g=out.get("actual_weight_g", packed), volume_cm3=out.get("_volume_cm3", packed),
        no_air=out.get("_no_air", packed) == 1, speed=sales.get("_u_speed", out.get("_order", packed)),
        wish=out.get("_service", packed),
    )  # fmt: skip
    service = choose(world, parcels)
    goes = service >= 0
    if goes.any():
        _leave(world, packed[goes], at[goes], service[goes])


def _leave(world: World, outbound: np.ndarray, at: np.ndarray, service: np.ndarray) -> None:
    out, sales = world.tables[OUT], world.tables[ORDER]
    orders = out.get("_order", outbound)
    first_line = world.tables[OUT_LINE].get("order_line_id", out.get("_first_line", outbound))
    _goods_out(world, outbound, at, orders)
    plan = np.where(service == out.get("_service", outbound), out.get("_plan", outbound), -1)
    waybill = send(world, Sending(
        at=at, order=orders, outbound=outbound, warehouse=out.get("warehouse_id", outbound),
        province=out.get("dest_province", outbound), service=service, weight_g=out.get("actual_weight_g", outbound),
        volume_cm3=out.get("_volume_cm3", outbound), value=out.get("_value", outbound), plan=plan,
        share=_of_parcel(world, "_u_transit", orders, first_line),
        trouble=_of_parcel(world, "_u_trouble", orders, first_line),
        may_be_refused=sales.get("_parcels", orders) == 1,
    ))  # fmt: skip
    out.set(outbound, at, status=code(OUT, "status", "shipped"), handed_over_at=at, carrier_id=service,
            service_code=service, waybill_no=waybill, _service=service)  # fmt: skip
    sales.bump("_shipped", orders, 1)
    unique, back = np.unique(orders, return_inverse=True)
    last = np.zeros(len(unique), np.int64)
    np.maximum.at(last, back, at)
    whole = sales.get("_shipped", unique) == sales.get("_parcels", unique)
    advance(world, last[whole], unique[whole], "shipped", "warehouse")


def _of_parcel(world: World, fate: str, orders: np.ndarray, first_line: np.ndarray) -> np.ndarray:
    """The share of each parcel: the order's own, and one drawn from it for parcels beside the first line's."""
    share, number = world.tables[ORDER].get(fate, orders), world.tables[LINE].get("line_no", first_line)
    return np.where(number == 1, share, again(share, number))


def _goods_out(world: World, outbound: np.ndarray, at: np.ndarray, orders: np.ndarray) -> None:
    """Unlock and take out the goods of each parcel, in order of time, valued by the day's end."""
    stock, register = world.stock, world.tables[LINE]
    out_lines, owner = world.lines_of(OUT, outbound)
    lines = world.tables[OUT_LINE].get("order_line_id", out_lines)
    when, order = at[owner], orders[owner]
    qty, slot, sku = register.get("qty", lines), register.get("_slot", lines), register.get("sku_id", lines)
    stock.unlock(when, slot, qty, order, lines)
    stock.move(when, "sale_out", slot, -qty, ref_type="sales_order", ref_id=order, ref_line_id=lines, reason="sale")
    own = stock.owner[slot] == SELF
    warehouse = stock.warehouse[slot[own]]

    def post(cost: np.ndarray) -> None:
        register.note(lines[own], _cost=cost)
        world.postings.post(world.day, "cost_of_sale", "6401", cost, sku_id=sku[own])
        world.postings.post(world.day, "cost_of_sale", "1405", -cost, warehouse_id=warehouse)

    stock.worth.take(when[own], warehouse, sku[own], qty[own], post)
    world.tables[OUT_LINE].set(out_lines, when, shipped_qty=qty)
    register.set(lines, when, shipped_qty=qty, line_status=code(LINE, "line_status", "shipped"), _cost=0)
    recognise(world, lines)
