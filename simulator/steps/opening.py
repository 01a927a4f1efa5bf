"""First stock: of the assortment before the first day, of new goods before their launch, of merchants by the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.decisions import Purchases
from simulator.masters import ordinary_rate
from simulator.steps.arrivals import book_receipt
from simulator.steps.buying import order, write
from simulator.stock import NO_BATCH, SELLABLE
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["before_launch", "expected_demand", "merchants_goods", "open_stock"]

PO, LINE = "procurement.purchase_order", "procurement.purchase_order_line"
BOUGHT_BEFORE = 30  # days before the first day
LAUNCH_MARGIN = 10  # days between expected arrival and launch
PLAN_ERROR = 0.3  # standard deviation of the logarithm of what the merchandiser expects of a new good
RAMP = 21  # days after the launch whose demand stands for the first weeks
MERCHANT_DAYS = 28  # a merchant fills up to so many days of his sales, on Mondays


def expected_demand(world: World, day: int, mode: int = 0) -> np.ndarray:
    """Units per day that an ordinary day brings of one fulfilment mode, shape (warehouses, skus), float.

    Demand of bundles counts for their components; bundles themselves have none.
    """
    masters = world.masters
    units = ordinary_rate(masters, world.parameters, day) * masters.units_per_line * masters.modes[:, mode]
    if mode == 0:
        np.add.at(units, masters.bundle_component, units[masters.bundle_sku] * masters.bundle_qty)
    units = np.where(masters.is_bundle, 0, units)
    natural = masters.rank[:, 0]
    share = np.array([masters.regional_mix[:, natural == place].sum(axis=1) for place in range(world.stock.shape[0])])
    return units * share[:, masters.category_of]


def _cases(world: World, sku: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Units to order: at least the supplier's smallest quantity, in whole cases."""
    case = world.masters.case_units[sku]
    return np.maximum(np.ceil(units / case).astype(np.int64) * case, world.masters.moq[sku])


def open_stock(world: World, day: int) -> None:
    """On the first day, before the first customer: what was bought earlier lies on the shelves."""
    if day != world.masters.first_day:
        return
    _merchants(world, day, world.parameters.policy.opening_days, moment(day))
    units = expected_demand(world, day) * world.parameters.policy.opening_days
    warehouse, sku = np.nonzero(units > 0)
    if not len(sku):
        return
    qty = _cases(world, sku, units[warehouse, sku])
    wanted = Purchases(world.masters.supplier_of[sku], warehouse, sku, qty, np.full(len(sku), -1), "initial")
    po, line = write(world, day, wanted)
    register, at, before = world.tables[LINE], moment(day), day - BOUGHT_BEFORE
    world.tables[PO].set(po, at, ordered_at=moment(before, 10), approved_at=moment(before, 13),
                         confirmed_at=moment(before + 1, 12))  # fmt: skip
    qty, sku = register.get("ordered_qty", line), register.get("sku_id", line)
    age = (world.streams.rng("opening age").random(len(sku)) * 0.4 + 0.1) * world.masters.shelf_life[sku]
    register.set(line, at, confirmed_qty=qty, requested_date=day, promised_date=day, expected_date=day, _promised=day,
                 _arrives=day, _coming=qty, _shipping=qty, _made=day - age.astype(np.int64))  # fmt: skip
    np.add.at(world.stock.shipped_to, (register.get("_warehouse", line), sku), qty)
    book_receipt(world, line, np.full(len(line), at))


def before_launch(world: World, day: int) -> None:
    """Order the first stock of a new good in time for its launch: the merchandiser's plan, whatever the policy."""
    masters = world.masters
    lead = np.rint(masters.lead_days).astype(np.int64)[masters.supplier_of]
    order_day = np.maximum(masters.launch_day - lead - LAUNCH_MARGIN, masters.first_day)
    new = (order_day == day) & (masters.launch_day > masters.first_day) & (masters.modes[:, 0] > 0) & ~masters.is_bundle
    for launch in np.unique(masters.launch_day[new]).tolist():
        sku = np.flatnonzero(new & (masters.launch_day == launch))
        error = world.streams.rng("launch plan").standard_normal(len(masters.sku_ids))[sku]
        units = expected_demand(world, launch + RAMP)[:, sku] * np.exp(PLAN_ERROR * error)
        warehouse, place = np.nonzero(units > 0)
        sku, days = sku[place], world.parameters.policy.opening_days
        qty = _cases(world, sku, units[warehouse, place] * days)
        order(world, day, Purchases(masters.supplier_of[sku], warehouse, sku, qty, np.full(len(sku), -1), "initial"))


def merchants_goods(world: World, day: int) -> None:
    """Merchants whose goods lie with us fill up on Mondays at 09:00: their goods, no order and no cost of ours."""
    if (day + 3) % 7 == 0:
        _merchants(world, day, MERCHANT_DAYS, moment(day, 9))


def _merchants(world: World, day: int, days: float, at: int) -> None:
    masters, stock = world.masters, world.stock
    with_us = (masters.merchant_of >= 0) & masters.fulfilled_by_us[masters.merchant_of]
    units = np.where(with_us, expected_demand(world, day, mode=2) * days, 0)
    warehouse, sku = np.nonzero(units > 0)
    if not len(sku):
        return
    owner = world.owner_of_supplier[masters.merchant_of[sku]]
    slot = stock.slots(warehouse, sku, NO_BATCH, SELLABLE, owner)
    qty = np.ceil(units[warehouse, sku]).astype(np.int64) - stock.available()[slot]
    more = qty > 0
    stock.move(at, "po_in", slot[more], qty[more], ref_type="other", ref_id=day * stock.shape[0] + warehouse[more],
               reason="other")  # fmt: skip
