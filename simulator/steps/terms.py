"""What a supplier has and allows: weekly capacity, offers, returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["VAT", "allows", "vat_on", "weekly_capacity"]

VAT = 130_000  # millionths
SCARCE_SHARE, SCARCE = 0.02, 0.3  # of SKU-weeks: the supplier has only this share of what he has otherwise


def vat_on(net: np.ndarray) -> np.ndarray:
    """VAT on net fen, to the fen."""
    return (np.asarray(net) * VAT + 500_000) // 1_000_000


def weekly_capacity(world: World, day: int) -> np.ndarray:
    """Units of each SKU that its supplier has for us in the week of `day`, shape (skus), whole cases.

    Scarce weeks are drawn by SKU and week, so that every policy meets the same.
    """
    masters = world.masters
    usual = masters.sku_capacity_per_week
    scarce = world.streams.rng("scarce week", (day + 3) // 7).random(len(usual)) < SCARCE_SHARE
    case = masters.case_units
    return np.where(scarce, np.floor(usual * SCARCE / case).astype(np.int64) * case, usual)


def allows(world: World, term: str) -> np.ndarray:
    """A yes-or-no term of the world file (`return_allowed`, `offers`) by supplier, bool."""
    return np.array([getattr(world.parameters.suppliers[place], term) for place in world.masters.template_of])
