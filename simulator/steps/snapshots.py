"""States of one instant: stock every midnight, bins when asked for, listings on Sunday nights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.masters import platform_items
from simulator.stock import NO_BATCH, SELF, SELLABLE
from simulator.tables import NULL
from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["bins", "ledger", "listings", "stock"]

SNAPSHOT, BIN, LISTING = "inventory.stock_snapshot", "inventory.bin_stock", "reference.listing"
PICK_FACE_UNITS = 24
RESERVE_BINS = 6  # reserve of a SKU lies in one of so many bins


def ledger(world: World, day: int) -> None:
    """The moves of `day` go to the stock ledger."""
    world.stock.close_day()


def stock(world: World, day: int) -> None:
    """All stock at the end of `day`: own sellable goods of every SKU on sale, all else where there is any.

    What is on the way belongs to the row of own sellable goods without a batch.
    """
    state, at = world.stock, moment(day + 1)
    main = _main_slots(world)
    on_the_way = (state.shipped_to, state.transfer_to, state.return_to)
    listed = _on_sale(world, day)[None, :] | (main >= 0) & _holds(world)[np.maximum(main, 0)]
    warehouse, sku = np.nonzero(listed | (sum(on_the_way) != 0))
    slot = main[warehouse, sku]
    rest = np.flatnonzero(_holds(world) & ~_is_main(world))
    _rows(world, at, warehouse, sku, slot, *(way[warehouse, sku] for way in on_the_way))
    _rows(world, at, state.warehouse[rest], state.sku[rest], rest, 0, 0, 0)


def _is_main(world: World) -> np.ndarray:
    state = world.stock
    return (state.batch == NO_BATCH) & (state.status == SELLABLE) & (state.owner == SELF)


def _main_slots(world: World) -> np.ndarray:
    """Slot of own sellable goods without a batch, shape (warehouses, skus), -1 where there is none."""
    slots = np.full(world.stock.shape, -1, np.int64)
    mine = np.flatnonzero(_is_main(world))
    slots[world.stock.warehouse[mine], world.stock.sku[mine]] = mine
    return slots


def _holds(world: World) -> np.ndarray:
    state = world.stock
    return (state.on_hand != 0) | (state.locked != 0) | (state.allocated != 0)


def _on_sale(world: World, day: int) -> np.ndarray:
    masters = world.masters
    ours = (masters.modes[:, 0] > 0) & ~masters.has_batch & ~masters.is_bundle
    return ours & (masters.launch_day <= day) & (masters.end_day >= day)


def _rows(world: World, at: int, warehouse, sku, slot, coming, moving, back) -> None:
    """Rows of slots; -1 stands for a slot that has never held anything."""
    state, there = world.stock, slot >= 0
    place = np.where(there, slot, 0)
    on_hand, locked, allocated, batch, status, owner = (
        np.where(there, getattr(state, name)[place], empty)
        for name, empty in (("on_hand", 0), ("locked", 0), ("allocated", 0), ("batch", NO_BATCH),
                            ("status", SELLABLE), ("owner", SELF))
    )  # fmt: skip
    held, worth = state.worth.units[warehouse, sku], state.worth.fen[warehouse, sku]
    units = np.maximum(held, 1)
    known = (held > 0) & (owner == SELF)
    world.tables[SNAPSHOT].add(
        len(sku), warehouse_id=warehouse, sku_id=sku, batch_no=batch, stock_status=status, owner_party_id=owner,
        as_of=at, on_hand_qty=on_hand, locked_qty=locked, allocated_qty=allocated,
        available_qty=np.where(status == SELLABLE, on_hand - locked - allocated, 0), in_transit_po_qty=coming,
        in_transit_transfer_qty=moving, return_in_transit_qty=back,
        unit_cost=np.where(known, (2 * worth + units) // (2 * units), NULL),
    )  # fmt: skip


def bins(world: World, day: int) -> None:
    """Where everything lies at the end of `day`: a full pick face, the rest in reserve; what is not for sale apart."""
    state, masters = world.stock, world.masters
    slot = np.flatnonzero(state.on_hand > 0)
    warehouse, sku, held = state.warehouse[slot], state.sku[slot], state.on_hand[slot]
    sellable = state.status[slot] == SELLABLE
    face, first_bin = world.bin_of[warehouse, sku], world.first_bin[warehouse]
    reserve, spoilt = (np.array([getattr(b, name) for b in masters.bins]) for name in ("reserve_bin", "defect_bin"))
    reserves = spoilt - reserve
    picked = np.where(sellable, np.minimum(held, PICK_FACE_UNITS), held)
    promised = state.locked[slot] + state.allocated[slot]
    first = np.where(sellable, face, first_bin + spoilt[warehouse])
    second = first_bin + reserve[warehouse] + sku % np.minimum(reserves, RESERVE_BINS)[warehouse]
    for place, qty, reserved in ((first, picked, np.minimum(picked, promised)), (second, held - picked, 0)):
        here = qty > 0
        reserved = np.broadcast_to(reserved, len(slot))
        world.tables[BIN].add(
            int(here.sum()), warehouse_id=warehouse[here], bin_id=place[here], sku_id=sku[here],
            batch_no=state.batch[slot][here], stock_status=state.status[slot][here],
            owner_party_id=state.owner[slot][here], as_of=moment(day + 1), on_hand_qty=qty[here],
            reserved_qty=reserved[here],
        )  # fmt: skip


def listings(world: World, day: int) -> None:
    """What each shop shows on Sunday at midnight: all on sale, own goods with what is free anywhere."""
    if (day + 3) % 7 != 6:
        return
    masters = world.masters
    sold = np.flatnonzero((masters.launch_day <= day) & (masters.end_day >= day))
    shop, sku = (grid.ravel() for grid in np.meshgrid(np.arange(len(masters.shop_ids)), sold, indexing="ij"))
    ours = (masters.modes[:, 0] > 0) & ~masters.is_bundle
    free = np.where(ours, np.maximum(world.stock.own_available().sum(axis=0), 0), NULL)
    world.tables[LISTING].add(
        len(sku), shop_id=shop, platform_item_id=platform_items(shop, masters.spu_of[sku]), sku_id=sku,
        as_of=moment(day + 1), listed_qty=free[sku],
    )  # fmt: skip
