"""What a service charges for a parcel: the rate card, in whole fen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simulator.masters import Masters

__all__ = ["Charges", "charges"]

MILLION = 1_000_000


@dataclass(frozen=True)
class Charges:
    """What parcels cost, each charge in fen as the bill states it, and the grams that they are billed by."""

    freight: np.ndarray
    fuel: np.ndarray
    remote: np.ndarray
    billed_g: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.freight + self.fuel + self.remote


def charges(
    masters: Masters, service: np.ndarray, zone: np.ndarray, weight_g: np.ndarray, volume_cm3: np.ndarray
) -> Charges:
    """Price parcels by the rate cards of `masters`; the four arrays broadcast against each other.

    Billed weight is the larger of actual and volumetric weight (cm³ over the divisor are kilograms), rounded up by
    the card's rule, which is the only rounding of weight: what lies above the first weight is charged by the step in
    proportion. Fuel is a share of the freight, the remote fee falls due in the last zone. Every charge is rounded
    half up to the fen.
    """
    unit, step = masters.rounding_g[service], masters.step_g[service]
    volumetric = -(-volume_cm3 * 1000 // masters.divisor[service])
    billed = -(-np.maximum(weight_g, volumetric) // unit) * unit
    above = np.maximum(billed - masters.first_g[service], 0)
    doubled = 2 * (masters.first_fee[service, zone] * step + above * masters.step_fee[service, zone])
    freight = (doubled + step) // (2 * step)
    fuel = (2 * freight * masters.fuel_rate[service] + MILLION) // (2 * MILLION)
    is_remote = zone == masters.first_fee.shape[1] - 1
    remote = np.broadcast_to(np.where(is_remote, masters.remote_fee[service], 0), freight.shape)
    return Charges(freight, fuel, remote, billed)
