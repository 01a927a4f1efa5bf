"""Batches of goods with a shelf life: what the label says, and the record of each batch."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from simulator.stock import NO_BATCH
from simulator.times import as_date, as_datetime

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["NEAR_DAYS", "expiry_of", "mark", "printed", "record"]

NEAR_DAYS = 90  # a batch with less left is near its expiry


def printed(world: World, sku: np.ndarray, made: np.ndarray) -> dict[str, np.ndarray]:
    """Columns `batch_no`, `production_date` and `expiry_date` of goods made on these days; empty without batches."""
    masters = world.masters
    kept = masters.has_batch[sku].astype(bool)
    batch = np.full(len(sku), NO_BATCH, np.int64)
    if kept.any():
        places = {day: world.place("batch", f"B{as_date(day):%y%m%d}") for day in np.unique(made[kept]).tolist()}
        batch[kept] = [places[day] for day in made[kept].tolist()]
    return {
        "batch_no": batch,
        "production_date": np.where(kept, made, 0),
        "expiry_date": np.where(kept, expiry_of(world, sku, made), 0),
    }


def expiry_of(world: World, sku: np.ndarray, made: np.ndarray) -> np.ndarray:
    """The last day of goods made on a day."""
    return made + world.masters.shelf_life[sku]


def record(world: World, at: int, label: dict[str, np.ndarray], sku, supplier, price) -> None:
    """Put batches that come in for the first time on record."""
    known = world.purchasing.batches
    for row in np.flatnonzero(label["batch_no"] != NO_BATCH).tolist():
        key = int(sku[row]), int(label["batch_no"][row])
        if key not in known:
            left = int(label["expiry_date"][row]) - world.day
            known[key] = {
                "sku_id": world.masters.sku_ids[key[0]], "batch_no": world.books["batch"][key[1]],
                "production_date": as_date(label["production_date"][row]),
                "expiry_date": as_date(label["expiry_date"][row]),
                "supplier_id": world.masters.supplier_ids[int(supplier[row])], "first_receipt_at": as_datetime(at),
                "unit_cost": Decimal(int(price[row])) / 100, "status": "near_expiry" if left < NEAR_DAYS else "ok",
                "updated_at": as_datetime(at),
            }  # fmt: skip
            world.rows.setdefault("inventory.batch", []).append(dict(known[key]))


def mark(world: World, at: int, day: int) -> None:
    """Change the state of batches that come near their last day or pass it."""
    for row in world.purchasing.batches.values():
        left = (row["expiry_date"] - as_date(day)).days
        status = "expired" if left < 0 else "near_expiry" if left < NEAR_DAYS else "ok"
        if row["status"] != status:
            row |= {"status": status, "updated_at": as_datetime(at)}
            world.rows.setdefault("inventory.batch", []).append(dict(row))
