"""The day's orders, in two halves: before and after supply comes in, so that stock is never sold before it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps.demand import EXCHANGE, LINE_FATES, ORDER_FATES, OWN, Candidates, joined
from simulator.steps.placing import place
from simulator.steps.serve import slots_for
from simulator.times import HOUR, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["afternoon", "morning"]

ORDER, RMA = "order.sales_order", "aftersales.rma"
SUPPLY_IS_IN = 10  # o'clock
EXCHANGES_AT = 11


def morning(world: World, day: int) -> None:
    """Draw the day's wishes and place those of the hours before supply comes in."""
    world.wishes = world.demand.draw(day)
    _place(world, world.wishes.between(moment(day), moment(day, SUPPLY_IS_IN)))


def afternoon(world: World, day: int) -> None:
    """Place the rest of the day's wishes, and the exchanges that returns asked for."""
    rest = world.wishes.between(moment(day, SUPPLY_IS_IN), moment(day + 1))
    due = world.agenda.due("exchange", day)
    _place(world, rest if due is None else joined(rest, _exchanges(world, due, day)))


def _place(world: World, wishes: Candidates) -> None:
    orders = place(world, wishes, slots_for(world, wishes))
    sales = world.tables[ORDER]
    rma = sales.get("_rma", orders)
    asked = rma >= 0
    world.tables[RMA].set(rma[asked], sales.get("ordered_at", orders[asked]), exchange_order_id=orders[asked])


def _exchanges(world: World, due: dict[str, np.ndarray], day: int) -> Candidates:
    """An order without price for each exchanged line, to the same customer."""
    sales, n = world.tables[ORDER], len(due["sku"])
    first, sku = due["order"], due["sku"]
    rng = world.streams.rng("exchange", day)
    none = np.full(n, -1)
    return Candidates(
        order=np.arange(n), sku=sku, qty=due["qty"], bundle=none, mode=np.full(n, OWN),
        supplier=world.masters.supplier_of[sku], unit_price=world.masters.list_price[sku], campaign=none,
        at=moment(day, EXCHANGES_AT) + np.arange(n) % HOUR, shop=sales.get("shop_id", first),
        province=sales.get("dest_province", first), member=sales.get("member_id", first),
        kind=np.full(n, EXCHANGE), parent=first, rma=due["rma"], ships_from=np.zeros(n, np.int64),
        **{name: rng.random(n) for name in (*ORDER_FATES, *LINE_FATES[1:])},
        u_seen=np.zeros(n),  # an exchange that finds no stock is always seen, and paid back
    )  # fmt: skip
