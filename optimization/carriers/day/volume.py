"""What a service's volume costs beside its parcels: commitments and rebates, cut into convex pieces."""

from dataclasses import dataclass

import numpy as np

from optimization.carriers.day.problem import Terms


@dataclass(frozen=True)
class Piece:
    """A range of volume over which the cost ``fixed + slope · v + fee · max(0, minimum − v)`` holds.

    Parameters
    ----------
    low, high
        Parcels of the problem (today and ahead), ends included.
    slope
        Yuan per parcel, below zero for a rebate.
    fee
        Yuan per parcel missing to ``minimum``.
    minimum
        Parcels.
    fixed
        Yuan.
    """

    low: float
    high: float
    slope: float
    fee: float
    minimum: float
    fixed: float


def pieces(terms: Terms, most: float) -> list[Piece]:
    """Pieces of a contract that a volume of zero to ``most`` can reach, one per tier."""
    found = []
    paid = 0.0
    for index, tier in enumerate(terms.tiers):
        is_last = index + 1 == len(terms.tiers)
        end = np.inf if is_last else terms.tiers[index + 1].from_parcels
        # All units: the next tier begins at its first parcel. Increments meet there.
        high = min(end - (1 if terms.is_all_unit else 0) - terms.shipped, most)
        low = max(tier.from_parcels - terms.shipped, 0)
        if terms.is_all_unit:
            fixed = -tier.rebate_per_parcel * terms.shipped
        else:
            fixed = -paid - tier.rebate_per_parcel * (terms.shipped - tier.from_parcels)
            paid += tier.rebate_per_parcel * (end - tier.from_parcels)
        if low <= high:
            minimum = max(terms.minimum_parcels - terms.shipped, 0)
            found.append(
                Piece(float(low), float(high), -tier.rebate_per_parcel, terms.shortfall_fee, float(minimum), fixed)
            )
    return found


def volume_cost(terms: Terms, volume: float) -> float:
    """Shortfall fee less rebates (yuan) of a volume of parcels beside those shipped."""
    total = volume + terms.shipped
    cost = terms.shortfall_fee * max(0.0, terms.minimum_parcels - total)
    if terms.is_all_unit:
        return cost - [tier for tier in terms.tiers if tier.from_parcels <= total][-1].rebate_per_parcel * total
    ends = [tier.from_parcels for tier in terms.tiers[1:]] + [np.inf]
    for tier, end in zip(terms.tiers, ends, strict=True):
        cost -= tier.rebate_per_parcel * max(0.0, min(total, end) - tier.from_parcels)
    return cost


@dataclass(frozen=True)
class Box:
    """One piece for each account, as arrays ``float64[accounts]``."""

    low: np.ndarray
    high: np.ndarray
    slope: np.ndarray
    fee: np.ndarray
    minimum: np.ndarray
    fixed: np.ndarray

    @classmethod
    def of(cls, chosen: list[Piece]) -> "Box":
        """The box of a list of pieces."""
        names = ("low", "high", "slope", "fee", "minimum", "fixed")
        return cls(*(np.array([getattr(piece, name) for piece in chosen], float) for name in names))

    @property
    def kink(self) -> np.ndarray:
        """Where the slope of each account's cost changes."""
        return np.clip(self.minimum, self.low, self.high)

    def cost(self, volume: np.ndarray) -> np.ndarray:
        """Cost of each account at a volume inside the box."""
        return self.fixed + self.slope * volume + self.fee * np.maximum(0.0, self.minimum - volume)

    def worth(self, price: np.ndarray) -> float:
        """The most that volumes inside the box bring at the prices paid for them, less their cost."""
        ends = (self.low, self.kink, self.high)
        return float(np.max([price * volume - self.cost(volume) for volume in ends], axis=0).sum())
