"""What the warehouses and the campaigns cost, booked day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.times import moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["campaigns", "redeemed", "warehouses"]

OUT = "warehouse.outbound_order"
LIVE_FEE = 0.5  # of a live sale's budget goes to the host and the platform, spread over its days


def warehouses(world: World, day: int) -> None:
    """Handling of what was handed over today, and room for what lies there tonight."""
    orders, terms = world.tables[OUT], world.parameters.warehouses
    done = np.flatnonzero(orders.live("handed_over_at") >= moment(day))
    place, lines = orders.live("warehouse_id")[done], orders.live("_lines")[done]
    n = world.stock.shape[0]
    handled = np.bincount(place, minlength=n) * np.array([row.cost_per_order for row in terms])
    handled += np.bincount(place, lines, n) * np.array([row.cost_per_line for row in terms])
    litres = (world.stock.worth.units * world.masters.volume_cm3).sum(axis=1) / 1000
    fen = np.rint((handled + litres * world.parameters.policy.storage_per_litre_day) * 100).astype(np.int64)
    world.postings.post(day, "warehouse", "6604", fen, warehouse_id=np.arange(n))
    world.postings.post(day, "warehouse", "1002", -fen)


def campaigns(world: World, day: int) -> None:
    """Fees of the live sales that run today."""
    plan = world.masters.campaigns
    running = [n for n in plan.running(day).tolist() if plan.tool[n] == "live"]
    days = plan.last_day[running] - plan.first_day[running] + 1
    fen = np.rint(plan.budget[running] * LIVE_FEE / days).astype(np.int64)
    if len(running):
        world.postings.post(day, "marketing", "6605", fen)
        world.postings.post(day, "marketing", "1002", -fen)
        world.campaign_totals.pay([world.books["campaign"][place] for place in running], fen.tolist())


def redeemed(world: World, day: int) -> None:
    """What campaigns have spent by tonight, on their own rows."""
    world.campaign_totals.close_day(world, moment(day + 1) - 1)
