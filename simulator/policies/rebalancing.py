"""Once a month goods move from where they lie long to where they will soon be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.decisions import Transfers
from simulator.times import as_date

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["rebalance"]

DAY_OF_MONTH = 8
SHORT_DAYS, LONG_DAYS = 21, 28  # of cover: who gets goods, who gives them
LEAST_UNITS = 3


def rebalance(world: World, day: int, mean: np.ndarray) -> None:
    """On the 8th: half of the difference in cover, from the warehouse that has most to the one that has least.

    `mean` is demand per day, shape (warehouses, skus).
    """
    if as_date(day).day != DAY_OF_MONTH:
        return
    stock = world.stock
    free, coming = stock.own_available(), stock.on_order + stock.transfer_to
    daily = np.maximum(mean, 1e-6)
    giver, taker = np.argmax(free / daily, axis=0), np.argmin((free + coming) / daily, axis=0)
    sku = np.arange(stock.shape[1])
    has, needs = free[giver, sku], (free + coming)[taker, sku]
    pace, wanted = daily[giver, sku], daily[taker, sku]
    level = (has + needs) / (pace + wanted)  # cover of both afterwards
    units = np.floor((level * wanted - needs) / 2).astype(np.int64)
    moves = (mean.sum(axis=0) > 0) & (has > LONG_DAYS * pace) & (needs < SHORT_DAYS * wanted) & (units >= LEAST_UNITS)
    sku = np.flatnonzero(moves)
    world.decisions.transfers.append(
        Transfers(giver[sku], taker[sku], sku, units[sku], np.full(len(sku), -1, np.int64))
    )
