"""What becomes of placed orders until the warehouse has them: payment, audit, cancellation, allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps.payments import transact
from simulator.steps.states import advance, value_of
from simulator.tables import code
from simulator.times import HOUR, MINUTE, day_of, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["follow"]

ORDER, LINE, RMA, RMA_LINE = "order.sales_order", "order.sales_order_line", "aftersales.rma", "aftersales.rma_line"
OUT, OUT_LINE = "warehouse.outbound_order", "warehouse.outbound_line"
PACKAGING_G = 120
AUDIT_AFTER, CANCEL_AFTER, ALLOCATE_AFTER = 20 * MINUTE, 5 * MINUTE, 10 * MINUTE


def follow(world: World, day: int) -> None:
    """Everything of the day between order and warehouse, in the order of an order's life."""
    for kind, step in (("give up", _give_up), ("pay", _pay), ("audit", _audit), ("cancel", _cancel),
                       ("allocate", _allocate)):  # fmt: skip
        due = world.agenda.due(kind, day)
        if due is not None:
            step(world, due["order"], due["at"])


def _give_up(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    advance(world, at, orders, "closed", reason="unpaid")
    _call_off(world, orders, at)


def _call_off(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    """Cancel every line that is not cancelled yet and free its stock."""
    register = world.tables[LINE]
    lines, owner = world.lines_of(ORDER, orders)
    still = register.get("cancelled_qty", lines) == 0
    lines, when, order = lines[still], at[owner[still]], orders[owner[still]]
    qty, slot = register.get("qty", lines), register.get("_slot", lines)
    locked = slot >= 0
    world.stock.unlock(when[locked], slot[locked], qty[locked], order[locked], lines[locked])
    register.set(lines, when, line_status=code(LINE, "line_status", "cancelled"), cancelled_qty=qty)


def _pay(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    advance(world, at, orders, "paid", "user")
    register = world.tables[ORDER]
    payable = register.get("payable_amount", orders)
    owed = payable > 0
    register.set(orders, at, paid_amount=payable)
    transact(world, at[owed], "pay", orders[owed], payable[owed])
    shop = register.get("shop_id", orders)
    world.postings.post(world.day, "receipt", "1012", payable, shop_id=shop)
    world.postings.post(world.day, "receipt", "2203", -payable)
    audited = at + AUDIT_AFTER
    world.agenda.put("audit", day_of(audited), order=orders, at=audited)


def _audit(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    """Accept the order; lines nobody can deliver are cancelled and paid back."""
    register = world.tables[LINE]
    lines, owner = world.lines_of(ORDER, orders)
    lost = register.get("lost_sale_flag", lines) == 1
    lost_lines = np.bincount(owner, lost, len(orders))
    whole = lost_lines == np.bincount(owner, minlength=len(orders))
    advance(world, at[~whole], orders[~whole], "audited")
    if lost.any():
        gone = lines[lost]
        register.set(gone, at[owner[lost]], line_status=code(LINE, "line_status", "cancelled"),
                     cancelled_qty=register.get("qty", gone))  # fmt: skip
        short = np.flatnonzero(lost_lines > 0)
        _pay_back(world, orders[short], at[short], gone, np.searchsorted(short, owner[lost]), "other", "platform")
    advance(world, at[whole], orders[whole], "closed", reason="no_stock")
    luck = world.tables[ORDER].get("_u_cancel", orders)
    free = world.tables[ORDER].get("order_type", orders) == code(ORDER, "order_type", "exchange")
    called_off = ~whole & ~free & (luck < world.parameters.customers.cancel_share)
    goes_on = ~whole & ~called_off
    later = at + CANCEL_AFTER
    world.agenda.put("cancel", day_of(later[called_off]), order=orders[called_off], at=later[called_off])
    # What was ordered in a pre-sale is handed to the warehouse on the day it may be shipped.
    ships = world.tables[ORDER].get("_ships_from", orders)
    later = np.maximum(at + ALLOCATE_AFTER, np.where(ships > 0, moment(ships, 0, 10), 0))
    world.agenda.put("allocate", day_of(later[goes_on]), order=orders[goes_on], at=later[goes_on])


def _cancel(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    lines, owner = world.lines_of(ORDER, orders)
    still = world.tables[LINE].get("cancelled_qty", lines) == 0
    advance(world, at, orders, "closed", "user", "customer")
    _call_off(world, orders, at)
    _pay_back(world, orders, at, lines[still], owner[still], "no_longer_wanted", "customer")


def _pay_back(
    world: World, orders: np.ndarray, at: np.ndarray, lines: np.ndarray, owner: np.ndarray, reason: str, liability: str
) -> None:
    """A refund before shipping: one return per order over the given lines, which is closed at once."""
    register = world.tables[LINE]
    value = value_of(world, lines)
    amount = np.bincount(owner, value, len(orders)).astype(np.int64)
    count = np.bincount(owner, minlength=len(orders))
    rma = world.tables[RMA].add(
        len(orders), at, order_id=orders, rma_type=code(RMA, "rma_type", "refund_presale"),
        status=code(RMA, "status", "closed"), applied_at=at, approved_at=at, refunded_at=at, closed_at=at,
        reason_code=code(RMA, "reason_code", reason), liability=code(RMA, "liability", liability),
        refund_amount=amount, return_freight=0, _lines=count,
    )  # fmt: skip
    first = world.tables[RMA_LINE].add(
        len(lines), at[owner], rma_id=rma[owner], order_line_id=lines, sku_id=register.get("sku_id", lines),
        requested_qty=register.get("qty", lines), received_qty=0, refund_amount=value,
    )  # fmt: skip
    world.tables[RMA].set(rma, at, _first_line=first[np.cumsum(count) - count])
    register.set(lines, at[owner], refund_status=code(LINE, "refund_status", "refunded"))
    header = world.tables[ORDER]
    owed = amount > 0
    header.set(orders, at, refunded_amount=header.get("refunded_amount", orders) + amount)
    transact(world, at[owed], "refund", orders[owed], -amount[owed], rma[owed])
    world.postings.post(world.day, "refund_presale", "2203", amount)
    world.postings.post(world.day, "refund_presale", "1012", -amount, shop_id=header.get("shop_id", orders))


def _allocate(world: World, orders: np.ndarray, at: np.ndarray) -> None:
    """Hand the order to its warehouses: one outbound order for each that has some of it."""
    advance(world, at, orders, "allocated")
    register = world.tables[LINE]
    lines, owner = world.lines_of(ORDER, orders)
    going = register.get("cancelled_qty", lines) == 0
    lines, owner = lines[going], owner[going]
    register.set(lines, at[owner], line_status=code(LINE, "line_status", "allocated"))
    slot = register.get("_slot", lines)
    elsewhere = np.unique(owner[slot < 0])
    world.agenda.put("ship elsewhere", np.full(len(elsewhere), world.day), order=orders[elsewhere], at=at[elsewhere])
    ours = slot >= 0
    if ours.any():
        _release(world, orders, at, lines[ours], owner[ours], slot[ours])


def _release(
    world: World, orders: np.ndarray, at: np.ndarray, lines: np.ndarray, owner: np.ndarray, slot: np.ndarray
) -> None:
    masters, sales, register = world.masters, world.tables[ORDER], world.tables[LINE]
    warehouse = world.stock.warehouse[slot]
    by_parcel = np.argsort(owner * len(masters.warehouse_ids) + warehouse, kind="stable")
    lines, owner, slot, warehouse = lines[by_parcel], owner[by_parcel], slot[by_parcel], warehouse[by_parcel]
    new = np.r_[True, (owner[1:] != owner[:-1]) | (warehouse[1:] != warehouse[:-1])]
    first, parcel = np.flatnonzero(new), np.cumsum(new) - 1
    count = np.diff(np.r_[first, len(lines)])
    of, place = owner[first], warehouse[first]
    sku, qty = register.get("sku_id", lines), register.get("qty", lines)
    weight = np.bincount(parcel, masters.weight_g[sku] * qty).astype(np.int64) + PACKAGING_G
    volume = np.bincount(parcel, masters.volume_cm3[sku] * qty).astype(np.int64)
    value = np.bincount(parcel, value_of(world, lines)).astype(np.int64)
    no_air = np.bincount(parcel, masters.no_air[sku]) > 0
    exchange = sales.get("order_type", orders[of]) == code(ORDER, "order_type", "exchange")
    released = at[of]
    cutoff_today = moment(day_of(released)) + (masters.order_cutoff_hour[place] * HOUR).astype(np.int64)
    outbound = world.tables[OUT].add(
        len(first), released, warehouse_id=place,
        order_type=np.where(exchange, code(OUT, "order_type", "exchange"), code(OUT, "order_type", "sale")),
        status=code(OUT, "status", "released"), priority=np.where(exchange, 2, 1),
        promised_ship_by=sales.get("promised_ship_by", orders[of]),
        cutoff_at=np.where(released <= cutoff_today, cutoff_today, cutoff_today + 24 * HOUR), released_at=released,
        dest_province=sales.get("dest_province", orders[of]), dest_city=sales.get("dest_city", orders[of]),
        dest_district=sales.get("dest_district", orders[of]), est_weight_g=weight, package_count=1,
        _order=orders[of], _lines=count, _volume_cm3=volume, _value=value, _no_air=no_air.astype(np.int64),
    )  # fmt: skip
    out_lines = world.tables[OUT_LINE].add(
        len(lines), released[parcel], outbound_id=outbound[parcel], order_line_id=lines, sku_id=sku,
        batch_no=world.stock.batch[slot], bin_id=world.bin_of[warehouse, sku], planned_qty=qty, picked_qty=0,
        shipped_qty=0, short_qty=0,
    )  # fmt: skip
    world.tables[OUT].set(outbound, released, _first_line=out_lines[first])
    sales.bump("_parcels", orders[of], 1)
