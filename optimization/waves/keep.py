"""The plan before this one, kept as far as its orders still wait, with carts of their own for new orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import polars as pl

from optimization.waves.carting import Load, Wave, bundle_of, waves_of
from optimization.waves.house import Draft, House, completed, draft
from optimization.waves.limits import Limit
from optimization.waves.served import ACROSS, IDENTICAL, KINDS, Served, counted, single_kind


def kept(house: House, previous: pl.DataFrame, seed: int, stop: Callable[[], bool] | None = None) -> Draft | None:
    """The previous plan of a warehouse, timed anew; None where none of its orders waits or its waves are too large now.

    Waves keep their names and orders their carts and slots. An order that has gone leaves its slot empty. Orders
    that came since are planned behind and between them, by cut-off.
    """
    known = {order.outbound_id: order for order in house.orders}
    rows = previous.filter(pl.col("outbound_id").is_in(list(known))).sort("wave_no", "wave_id", "cart_no", "slot")
    if rows.is_empty():
        return None
    carts: dict[str, dict[int, list[Served]]] = {}
    slots: dict[str, int] = {}
    for wave_id, cart_no, slot, outbound_id in rows.select("wave_id", "cart_no", "slot", "outbound_id").rows():
        carts.setdefault(wave_id, {}).setdefault(cart_no, []).append(known[outbound_id])
        slots[outbound_id] = slot
    old = [
        (tuple(load for orders in by_cart.values() for load in _loads(orders, house.limit)), wave_id)
        for wave_id, by_cart in carts.items()
    ]
    fresh = [order for order in house.orders if order.outbound_id not in slots]
    search = house.search(seed, stop)
    cutoffs = sorted({order.cutoff for order in fresh})
    new = [
        (wave, None) for cutoff in cutoffs
        for wave in waves_of([order for order in fresh if order.cutoff == cutoff], house.limit, house.layout, search)
    ]  # fmt: skip
    if not all(_fits(wave, house.limit) for wave, _ in old):
        return None
    ordered: list[tuple[Wave, str | None]] = list(old)
    for wave, name in new:
        later = [place for place, (other, _) in enumerate(ordered) if _urgency(other) > _urgency(wave)]
        ordered.insert(later[0] if later else len(ordered), (wave, name))
    names = {number: name for number, (_, name) in enumerate(ordered) if name is not None}
    return completed(house, [wave for wave, _ in ordered], [], 0.0, names, slots)


def _loads(orders: list[Served], limit: Mapping[str, Limit]) -> list[Load]:
    """A cart as it was, or all carts of an order larger than one.

    Baskets that differ are not picked in bulk, however many there are of each by now.
    """
    if len({order.basket for order in orders}) > 1:
        orders = [
            replace(order, kind=single_kind(order.basket)) if order.kind == IDENTICAL else order for order in orders
        ]
    kinds, zones = {order.kind for order in orders}, {order.zone for order in orders}
    kind = max(kinds, key=KINDS.index)
    return bundle_of(orders, kind, zones.pop() if len(zones) == 1 else ACROSS, limit[kind].volume_l)


def _urgency(wave: Wave) -> float:
    return min(load.cutoff for load in wave)


def _fits(wave: Wave, limit: Mapping[str, Limit]) -> bool:
    """Whether a wave of an earlier plan keeps the limits of today."""
    most = limit[wave[0].kind]
    orders = counted(order for load in wave for order in load.orders)
    alone = len(orders) == 1
    return (
        len(orders) <= most.max_orders
        and (alone or sum(order.units for order in orders) <= most.max_units)
        and all(len(load.orders) <= limit[load.kind].slots for load in wave)
        and all(len(load.orders) == 1 or sum(o.volume_l for o in load.orders) <= most.volume_l for load in wave)
    )


def replanned(house: House, previous: pl.DataFrame | None, seed: int, stop: Callable[[], bool] | None = None) -> Draft:
    """A new plan where it gains enough on the one kept, else the one kept."""
    new = draft(house, seed, stop)
    old = None if previous is None else kept(house, previous, seed, stop)
    if old is None or new.beats(old, house.params.min_gain):
        return new
    return Draft(**{**vars(old), "misses_bound": new.misses_bound})
