"""What a quantity would do, before it is saved: cover, service, money; pure.

Demand over the protection interval (lead time and review) is taken as normal, with the plan's mean ``m`` and the
deviation ``s`` that its safety stock stands for: safety = z(service target) · s. With position ``y`` after the order
and ``k = (y − m) / s``, the chance of no stock-out is ``F(k)`` and the units lost are ``s · (f(k) − k · (1 − F(k)))``
(Silver, Pyke and Thomas, *Inventory and Production Management in Supply Chains*, on the unit normal loss).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Prices:
    """What a unit costs where much is ordered.

    Parameters
    ----------
    steps
        From how many base units on, and the price of one then, rising in quantity.
    is_incremental
        Whether a step's price holds for the units beyond it alone. Default for all of them.
    """

    steps: tuple[tuple[float, float], ...] = ()
    is_incremental: bool = False

    def spend(self, quantity: float, unit_cost: float) -> float:
        """Money for so many base units, of which the first cost `unit_cost`."""
        if not self.is_incremental:
            reached = [price for start, price in self.steps if start <= quantity]
            return quantity * (reached[-1] if reached else unit_cost)
        starts, prices = [0.0, *(start for start, _ in self.steps)], [unit_cost, *(price for _, price in self.steps)]
        ends = [*starts[1:], float("inf")]
        held = zip(starts, ends, prices, strict=True)
        return sum(max(0.0, min(quantity, end) - start) * price for start, end, price in held)


@dataclass(frozen=True)
class Item:
    """What the effect of a quantity depends on.

    Parameters
    ----------
    position
        Base units on hand, on order and in transit, less what is reserved.
    mean, safety
        Base units: demand over the protection interval, and the safety stock held against it.
    service_target
        Chance of no stock-out that `safety` was sized for, between 0 and 1.
    interval_days, lead_days
        Protection interval, and the part of it until an order arrives.
    unit_cost, unit_margin
        Money per base unit.
    holding
        Money per base unit and night; 0 where none is known.
    prices
        What more of it costs.
    rate
        What one unit of the supplier's money, in which it is bought, is worth in ours.
    """

    position: float
    mean: float
    safety: float
    service_target: float
    interval_days: float
    lead_days: float
    unit_cost: float
    unit_margin: float
    holding: float = 0.0
    prices: Prices = field(default_factory=Prices)
    rate: float = 1.0

    @property
    def deviation(self) -> float:
        """Standard deviation of demand over the protection interval."""
        z = _NORMAL.inv_cdf(min(max(self.service_target, 0.5001), 0.9999))
        return max(self.safety, 0.0) / z

    @property
    def daily(self) -> float:
        """Base units wanted a day."""
        return self.mean / self.interval_days if self.interval_days > 0 else 0.0


@dataclass(frozen=True)
class Effect:
    """What a quantity does. `service` is a chance, `cover_days` None where nothing is wanted."""

    quantity: float
    cover_days: float | None
    service: float
    lost_qty: float
    lost_margin: float
    cash: float
    value: float


def effect(item: Item, quantity: float) -> Effect:
    """Cover, service and money with an order of `quantity` base units.

    `value` is what the order earns against ordering nothing: margin that is not lost and what a better price spares,
    less the nights that its units are held until they sell one after the other.
    """
    after = item.position + quantity
    service, lost = _service_and_lost(item, after)
    _, lost_without = _service_and_lost(item, item.position)
    cash = item.prices.spend(quantity, item.unit_cost)
    spared = item.rate * (quantity * item.unit_cost - cash)
    value = item.unit_margin * (lost_without - lost) + spared - item.holding * _nights(item, quantity)
    cover = after / item.daily if item.daily > 0 else None
    return Effect(quantity, cover, service, lost, lost * item.unit_margin, cash, value)


def curve(item: Item, planned: float, pack: float, most: int = 24) -> list[Effect]:
    """Effects of quantities from nothing to twice the plan's, in whole packs, at most `most` steps."""
    packs = max(4.0, 2 * planned / pack)
    stride = max(1, round(packs / most))
    return [effect(item, steps * pack) for steps in range(0, int(packs) + stride, stride)]


def _service_and_lost(item: Item, position: float) -> tuple[float, float]:
    above = position - item.mean
    if item.deviation <= 0:
        return (1.0, 0.0) if above >= 0 else (0.0, -above)
    k = above / item.deviation
    return _NORMAL.cdf(k), item.deviation * (_NORMAL.pdf(k) - k * (1 - _NORMAL.cdf(k)))


def _nights(item: Item, quantity: float) -> float:
    """Unit-nights in stock: the unit at place ``p`` of the position is sold after ``p / daily`` days."""
    if item.daily <= 0:
        return quantity * 365.0
    first, last = max(item.position, 0.0) / item.daily, (max(item.position, 0.0) + quantity) / item.daily
    arrives = item.lead_days
    # Each unit's time from arrival to sale, summed over an even flow of sales.
    held_from = max(first, arrives)
    return max(0.0, last - held_from) * item.daily * (max(held_from, arrives) + last - 2 * arrives) / 2
