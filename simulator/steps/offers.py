"""What suppliers say on Mondays: what they have, what they ask, which rise they announce."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.masters import purchase_prices
from simulator.steps.lead_times import order_days
from simulator.steps.terms import allows, weekly_capacity
from simulator.tables import NULL
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["offer"]

TABLE = "supplier.supplier_offer"


def offer(world: World, day: int) -> None:
    """One row per own SKU of a supplier that tells, at 08:00."""
    if (day + 3) % 7 != 0:
        return
    masters = world.masters
    sold = (masters.launch_day <= day + 60) & (masters.end_day >= day) & (masters.modes[:, 0] > 0) & ~masters.is_bundle
    sku = np.flatnonzero(sold & allows(world, "offers")[masters.supplier_of])
    supplier = masters.supplier_of[sku]
    now = purchase_prices(masters, day, supplier, sku, masters.moq[sku])
    coming, starts = _announced(masters, day, supplier)
    later = purchase_prices(masters, starts.max(initial=day), supplier, sku, masters.moq[sku])
    units = weekly_capacity(world, day)[sku]
    world.tables[TABLE].add(
        len(sku), supplier_id=supplier, sku_id=sku, as_of=moment(day, 8), available_qty=units,
        next_available_date=np.where(units > 0, 0, order_days(world, day + 7)[supplier]), offered_price=now,
        announced_price=np.where(coming, later, NULL), announced_from=np.where(coming, starts, 0), confirmed=1,
    )  # fmt: skip


def _announced(masters, day: int, supplier: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether a rise is announced and has not begun, and the day it begins (0 without one)."""
    known = (masters.rise_notice_day <= day) & (masters.rise_day > day)
    starts = np.where(known, masters.rise_day, 0).max(axis=1)[supplier].astype(np.int64)
    return starts > 0, starts
