"""When a supplier delivers: one draw per supplier and day of order, the same whatever and however much is ordered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["LeadTimes", "accepts_orders", "after_working", "lead_times", "order_days", "working_days"]

SHORTEST = 2  # days: an order is confirmed on the next day and needs a day on the road
TOLD_DAYS = 4  # a delay is told up to so many days before the promise, or on its day
EARLY_SHARE = 0.03  # of deliveries comes a day or two before its promise (simulator/worlds/fitted.toml, lead_time)
LATE_SHAPE = 0.7067  # Weibull shape of days late, fitted there; its mean is the supplier's
LATE_MOST = 60  # days


@dataclass(frozen=True)
class LeadTimes:
    """What happens to orders that suppliers take on one day; arrays over suppliers.

    `started` is the day on which the supplier takes an order given on the day asked about, `usual` the arrival by his
    mean lead time, `promised` and `arrives` the days of the promise and of the truth, `told` the day on which a delay
    is told, `age` the days between production and arrival of goods with a batch.
    """

    started: np.ndarray
    usual: np.ndarray
    promised: np.ndarray
    arrives: np.ndarray
    told: np.ndarray
    age: np.ndarray


def lead_times(world: World, day: int) -> LeadTimes:
    """Lead times of orders given at 10:00 of `day`; a pure function of the seed, the masters and the day.

    An order waits for the supplier's next weekday and rests while the supplier does. The promise, which he gives
    when he confirms, varies around his mean lead time (normal); most deliveries keep it, a few are early, and his
    share is late by days of a Weibull law, as SCMS' vendors are.
    """
    masters = world.masters
    started = order_days(world, day)
    ordinary, late, delay, told, age = (np.zeros(len(started)) for _ in range(5))
    for start in np.unique(started).tolist():
        here, rng = started == start, world.streams.rng("lead time", start)
        n = len(started)
        draws = rng.standard_normal(n), rng.random(n), rng.standard_exponential(n), rng.random(n), rng.random(n)
        for target, values in zip((ordinary, late, delay, told, age), draws, strict=True):
            target[here] = values[here]
    usual = np.maximum(np.rint(masters.lead_days), SHORTEST).astype(np.int64)
    promise = np.maximum(np.rint(masters.lead_days + masters.lead_sd * ordinary), SHORTEST).astype(np.int64)
    scale = masters.late_days_mean / math.gamma(1 + 1 / LATE_SHAPE)
    days_late = np.clip(np.rint(scale * delay ** (1 / LATE_SHAPE)), 1, LATE_MOST).astype(np.int64)
    days_off = np.select([late < masters.late_share, late > 1 - EARLY_SHARE], [days_late, -1 - (told > 0.5)], 0)
    real = np.maximum(promise + days_off, SHORTEST)
    every = np.arange(len(started))
    promised = after_working(world, every, started, promise)
    return LeadTimes(
        started=started,
        usual=after_working(world, every, started, usual),
        promised=promised,
        arrives=after_working(world, every, started, real),
        told=promised - np.floor(told * TOLD_DAYS).astype(np.int64),
        age=(20 + age * 40).astype(np.int64),
    )


def accepts_orders(world: World, day: int) -> np.ndarray:
    """Suppliers that take orders on `day` itself, shape (suppliers)."""
    return order_days(world, day) == day


def order_days(world: World, day: int) -> np.ndarray:
    """The day from `day` on at which each supplier takes an order given at 10:00 of `day`."""
    masters = world.masters
    supplier = np.arange(len(masters.supplier_ids))
    days = day + (masters.cutoff_hour <= 10).astype(np.int64)
    while True:
        refused = ~masters.weekday_mask[supplier, (days + 3) % 7] | _rests(world, supplier, days)
        if not refused.any():
            return days
        days = days + refused


def _rests(world: World, supplier: np.ndarray, days: np.ndarray) -> np.ndarray:
    masters = world.masters
    place = np.minimum(days - masters.calendar_start, masters.is_shutdown.shape[1] - 1)
    return masters.is_shutdown[supplier, place]


def after_working(world: World, supplier: np.ndarray, start: np.ndarray, working: np.ndarray) -> np.ndarray:
    """The day on which so many days have passed on which each supplier works."""
    days = start + working
    while True:
        moved = start + working + _rest_days(world, supplier, start, days)
        if (moved == days).all():
            return days
        days = moved


def working_days(world: World, supplier: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Days after `start` until `end` on which each supplier works."""
    return end - start - _rest_days(world, supplier, start, end)


def _rest_days(world: World, supplier: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    masters = world.masters
    closed = np.cumsum(masters.is_shutdown, axis=1)
    last = closed.shape[1] - 1

    def closed_until(days: np.ndarray) -> np.ndarray:
        return closed[supplier, np.minimum(days - masters.calendar_start, last)]

    return closed_until(end) - closed_until(start)
