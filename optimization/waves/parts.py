"""An order larger than a cart, spread over several carts of one wave."""

from __future__ import annotations

import math
from dataclasses import replace

from optimization.waves.allocation import Pick
from optimization.waves.served import Served


def parts_of(order: Served, volume_l: float) -> list[Served]:
    """The order in as few parts as carts of `volume_l` litres must hold; itself where it fits, or cannot be split.

    A unit takes the order's litres by its units, for nothing is known of each SKU's. Parts are cut along the aisles, so
    that each cart sees few of them. The first part carries the refills. A single unit above a cart stays with others
    of its kind on one cart, which then says so.
    """
    each = order.volume_l / order.units
    most = int((1 + 1e-9) * volume_l / each) if each > 0 and volume_l < math.inf else order.units
    if not 1 <= most < order.units:
        return [order]
    return [
        replace(
            order, picks=picks, refills=() if number else order.refills, skus=len({pick.sku_id for pick in picks}),
            units=sum(pick.qty for pick in picks), volume_l=each * sum(pick.qty for pick in picks), part=number,
            whole=order,
        )
        for number, picks in enumerate(_cut(order, most))
    ]  # fmt: skip


def _cut(order: Served, most: int) -> list[tuple[Pick, ...]]:
    """Picks along the aisles, so many units at a time; a pick that spans two parts is made twice."""
    ranked = sorted(
        order.picks,
        key=lambda pick: (pick.aisle is None, pick.aisle or 0, pick.y_m or 0.0, pick.bin_id or "", pick.sku_id),
    )
    cut: list[list[Pick]] = [[]]
    free = most
    for pick in ranked:
        left = pick.qty
        while left:
            if not free:
                cut.append([])
                free = most
            taken = min(left, free)
            cut[-1].append(replace(pick, qty=taken))
            left, free = left - taken, free - taken
    return [tuple(picks) for picks in cut]
