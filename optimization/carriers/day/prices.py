"""Prices of services and caps: the dual of a day whose tiers are chosen, by Newton steps on a soft minimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimization.carriers.day.classes import Classes
    from optimization.carriers.day.volume import Box

STEPS = 30
SWEEPS = 500
# Yuan per parcel: a Newton step that gains less is the last of its width.
SMALL_GAIN = 1e-6


@dataclass(frozen=True)
class Bound:
    """What the prices prove.

    Parameters
    ----------
    value
        Yuan above ``Classes.base``: no choice inside the box costs less.
    price
        ``float64[accounts + limits]``, what each account and limit adds to a parcel or kilogram.
    parcels_cost
        Yuan: with ``price`` of accounts paid for volumes v, all parcels cost at least ``parcels_cost − price · v``,
        whatever the tiers.
    """

    value: float
    price: np.ndarray
    parcels_cost: float


def bound_at(classes: Classes, box: Box, price: np.ndarray) -> Bound:
    """The Lagrangian bound at given prices, over every class and every service that may carry it."""
    from optimization.carriers.day.lagrangian import cheapest

    accounts = len(classes.accounts)
    paid = classes.spread(price)
    total = cheapest(classes.count, classes.place, classes.cost, classes.kg, *paid, classes.held)
    total -= sum(p * limit.limit for p, limit in zip(price[accounts:], classes.limits, strict=True))
    return Bound(total - box.worth(price[:accounts]), price, total)


def best_prices(classes: Classes, box: Box, price: np.ndarray, widths: Iterable[float]) -> Bound:
    """Raise the bound from given prices.

    The minimum over services is softened by a width (in yuan) and the concave function that results is climbed by
    Newton steps; the worth of volumes and the signs of prices are kept exactly in each step's model. The width
    then shrinks. What is returned is the best hard bound met, so softness costs nothing in truth.

    Parameters
    ----------
    price
        Where to begin.
    widths
        Yuan, falling.
    """
    from optimization.carriers.day.lagrangian import gathered, smoothed, step

    accounts, services, places = len(classes.accounts), len(classes.services), classes.rows.shape[0]
    load = np.zeros((places, 2 * services))
    bend = np.zeros((places, 2 * services, 2 * services))
    bends, slopes = worth_shape(classes, box)
    limit = np.array([limit.limit for limit in classes.limits])
    best = bound_at(classes, box, price)
    parcels = classes.count.sum()
    for width in widths:
        value, reach, trial = -np.inf, 1.0, price
        for _ in range(STEPS):
            paid = classes.spread(trial)
            soft = smoothed(
                classes.count, classes.place, classes.cost, classes.kg, *paid, classes.held, width, load, bend
            )
            soft -= box.worth(trial[:accounts]) + trial[accounts:] @ limit
            if soft < value:
                reach /= 4
                if reach < width / 100:
                    break
            else:
                gain, value, price = soft - value, soft, trial
                slope, curve = gathered(load, bend, classes.rows, classes.size)
                # Prices that nothing answers to at this width stay put instead of running away.
                curve[np.diag_indices_from(curve)] += 1e-6 * parcels + 1e-7 * curve.diagonal().max(initial=0.0)
                reach *= 2
                if gain < SMALL_GAIN * parcels:
                    break
            trial = step(price, slope, curve, bends, slopes, reach, SWEEPS)
        here = bound_at(classes, box, price)
        best = max(best, here, key=lambda bound: bound.value)
    return best


def worth_shape(classes: Classes, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """Where the worth of volumes, as a function of their price, bends, and its slopes between."""
    limit = np.array([limit.limit for limit in classes.limits])
    none = np.zeros_like(limit)
    bends = np.vstack([np.column_stack([box.slope - box.fee, box.slope]), np.column_stack([none, none + np.inf])])
    slopes = np.vstack([np.column_stack([box.low, box.kink, box.high]), np.column_stack([none - np.inf, limit, limit])])
    return bends, slopes
