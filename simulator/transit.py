"""How long parcels really take: what only the world knows of a service on a lane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.streams import Streams
from simulator.times import as_date

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Transit", "at_rest", "moving_days", "transit_of"]

LANE_SPREAD = 0.45  # deviation of the logarithm of a lane's lateness around its service's
BAD_WEATHER_SHARE, BAD_WEATHER = 0.05, 2.5  # of (province, week), and how many times as many parcels are late then
SUNDAY = 1.25
PEAK = 0.6  # by how much more parcels are late for each further day's demand that everybody ships at once
PEAK_DAYS = 4  # days over which carriers work off a peak
MOST_LATE = 0.85
LONGEST = 15  # days late at most


@dataclass(frozen=True)
class Transit:
    """Lateness in days of n parcels, as a distribution: a day early, on the promised day, or geometrically late."""

    promise: np.ndarray  # int64 [n] days
    early: np.ndarray  # share that comes a day early
    late: np.ndarray  # share that comes after the promised day
    decay: np.ndarray  # each further day is this many times as likely
    bad_weather: np.ndarray  # bool [n]

    def days(self, share: np.ndarray) -> np.ndarray:
        """Days from hand-over to delivery of each parcel by its own share of 0 … 1: high shares come late."""
        rest = np.maximum(1 - share, 1e-12) / self.late
        late = 1 + np.minimum(np.floor(np.log(np.minimum(rest, 1)) / np.log(self.decay)), LONGEST - 1).astype(np.int64)
        return self.promise + np.where(rest <= 1, late, np.where(share < self.early, -1, 0))

    def mean_days(self) -> np.ndarray:
        """Mean of `days`, but for the cut at the longest delay."""
        return self.promise - self.early + self.late / (1 - self.decay)


def transit_of(
    world: World, day: int, service: np.ndarray, warehouse: np.ndarray, province: np.ndarray, zone: np.ndarray
) -> Transit:
    """The true distribution of parcels handed over on `day`."""
    services = world.parameters.services
    promise = world.masters.promise_days[service, zone].astype(np.int64)
    # A day early needs a promise of more than a day, and leaves room for the rest.
    early = np.where(promise > 1, np.array([s.early_share for s in services])[service], 0.0)
    lanes = lane_factors(world.parameters.world.seed, len(services), *world.masters.rank.shape[::-1])
    weather = _bad_weather(world.streams, day, world.masters.rank.shape[0])[province]
    late = (1 - np.array([s.on_time_share for s in services])[service]) * lanes[service, warehouse, province]
    late = late * np.where(weather, BAD_WEATHER, 1.0) * _peak(world, day)
    late = late * np.where((day + promise + 3) % 7 == 6, SUNDAY, 1.0)
    late = np.clip(late, 1e-6, np.minimum(MOST_LATE, 1 - early))
    return Transit(promise, early, late, np.array([s.late_decay for s in services])[service], weather)


@lru_cache
def lane_factors(seed: int, services: int, warehouses: int, provinces: int) -> np.ndarray:
    """How many times as often as its service's average each lane is late; mean one."""
    rng = Streams(seed).rng("lanes")
    return rng.lognormal(-(LANE_SPREAD**2) / 2, LANE_SPREAD, (services, warehouses, provinces))


def _bad_weather(streams: Streams, day: int, provinces: int) -> np.ndarray:
    return streams.rng("weather", day // 7).random(provinces) < BAD_WEATHER_SHARE


def _peak(world: World, day: int) -> float:
    """Carriers drown when everybody sells: the highest demand of the last days counts."""
    masters = world.masters
    end = day - masters.calendar_start + 1
    return 1 + PEAK * max(0.0, float(masters.event_factor[end - PEAK_DAYS : end].max()) - 1)


def at_rest(world: World, day: int) -> bool:
    """Parcels do not move today, and nobody takes any."""
    return bool(world.masters.carriers_rest[day - world.masters.calendar_start])


def moving_days(world: World, day: int, days: np.ndarray) -> np.ndarray:
    """The day on which a parcel has moved for `days` days, which carriers' rest days do not count among."""
    masters = world.masters
    moves = ~masters.carriers_rest[day + 1 - masters.calendar_start :]
    reached = np.flatnonzero(moves)
    if len(reached) <= days.max(initial=0):
        raise ValueError(f"the calendar ends too soon after {as_date(day)} to deliver parcels")
    return day + 1 + reached[days - 1]
