"""What no plan of the same orders can do better: least minutes of labour."""

import math
from collections.abc import Mapping

from optimization.waves.layout import Layout
from optimization.waves.limits import Limit
from optimization.waves.problem import Problem
from optimization.waves.served import IDENTICAL, MULTI_SKU, Served, single_kind
from optimization.waves.standards import STAGES, Rate


def least_minutes(
    orders: list[Served], rate: Mapping[str, Rate], limit: Mapping[str, Limit], away: Mapping[tuple, float]
) -> float:
    """Minutes that the orders of a warehouse need whatever carts they are on.

    Work on units, orders and SKUs is the same in every plan. Tours are at least as many as full carts, and a tour is at
    least as long as the way to its farthest order and back: with the orders by distance, the first of every
    so many that fill a cart (Haimovich & Rinnooy Kan 1985, Mathematics of Operations Research 10). Which identical
    baskets are picked in bulk is left open.

    Parameters
    ----------
    orders
        Those that the plan picks.
    rate, limit
        Of the warehouse.
    away
        Metres to the nearest bin of goods (SKU, owner) and back.
    """
    pick = rate.get("pick", Rate())
    if not orders:
        return 0.0
    shares = [_least_share(order, limit) for order in orders]
    tours = max(math.ceil(sum(shares) - 1e-9), math.ceil(sum(_least_load(order, limit) for order in orders) - 1e-9))
    metres, filled, begun = 0.0, 0.0, 0
    for away_m, share in sorted(zip((_farthest(order, away) for order in orders), shares, strict=True), reverse=True):
        if filled >= begun - 1e-9:
            metres, begun = metres + away_m, begun + 1
        filled += share
    total = pick.minutes(
        tours=tours,
        metres=metres,
        picks=sum(order.skus for order in orders if order.kind != IDENTICAL),
        units=sum(order.units for order in orders),
        orders=len(orders),
    )
    for stage in STAGES[1:]:
        one = rate.get(stage, Rate())
        for order in orders:
            if stage != "sort" or order.kind == MULTI_SKU:
                total += one.minutes(picks=order.skus, units=order.units, orders=1)
    return total


def _least_share(order: Served, limit: Mapping[str, Limit]) -> float:
    """What an order takes of the places on a cart at least; one that might be picked in bulk takes its units."""
    if order.kind != IDENTICAL:
        return 1 / limit[order.kind].cart_orders
    return min(order.units / limit[IDENTICAL].max_units, 1 / limit[single_kind(order.basket)].cart_orders)


def _least_load(order: Served, limit: Mapping[str, Limit]) -> float:
    """What an order takes of a cart's litres or units at least; one above a cart has a cart."""
    kinds = [order.kind, single_kind(order.basket)] if order.kind == IDENTICAL else [order.kind]
    return min(1.0, *(limit[kind].load(order) for kind in kinds))


def _farthest(order: Served, away: Mapping[tuple, float]) -> float:
    return max((away.get(goods, 0.0) for goods, _ in order.basket), default=0.0)


def distances(problem: Problem, warehouse: str, layout: Layout | None) -> dict[tuple, float]:
    """Metres from the dock to the nearest bin of each SKU and owner, and back."""
    found: dict[tuple, float] = {}
    if layout is None:
        return found
    gate = layout.cross_m[layout.dock_corner]
    outside = 2 * abs(gate - layout.dock_y_m)
    rows = problem.locations.filter(warehouse_id=warehouse).drop_nulls(["aisle", "x_m", "y_m"])
    for sku, owner, aisle, y in rows.select("sku_id", "owner_id", "aisle", "y_m").rows():
        metres = outside + 2 * (abs(layout.aisle_x_m[aisle] - layout.dock_x_m) + abs(y - gate))
        found[sku, owner] = min(found.get((sku, owner), math.inf), metres)
    return found
