"""Subscriptions of consumables: demand that is agreed beforehand."""

from dataclasses import dataclass

import numpy as np

from simulator.masters.calendar import Calendar
from simulator.masters.catalogue import NO_END, Catalogue
from simulator.masters.seeding import seeded
from simulator.masters.shops import Shops
from simulator.parameters import Parameters

__all__ = ["Subscriptions", "make_subscriptions"]

INTERVALS = (14, 30, 60)
OWN_CHANNELS = ("mini_program", "app", "h5", "youzan")


@dataclass(frozen=True)
class Subscriptions:
    """K subscriptions of one SKU each; deliveries on `first`, `first + every`, … up to `last`."""

    subscription_ids: list[str]
    subscription_member: np.ndarray
    """int [K]: number of the member, from 0."""
    subscription_sku: np.ndarray
    subscription_shop: np.ndarray
    subscription_qty: np.ndarray
    subscription_every: np.ndarray
    """int [K] days."""
    subscription_first: np.ndarray
    subscription_last: np.ndarray
    """int [K]: days of the first and the last possible delivery, NO_END while open."""
    subscription_signed: np.ndarray
    """int [K]: day on which it was agreed."""


def make_subscriptions(parameters: Parameters, calendar: Calendar, goods: Catalogue, shops: Shops) -> Subscriptions:
    rng = seeded(parameters.world.seed, "subscriptions")
    lasting = (goods.launch_day <= calendar.first_day) & (goods.end_day == NO_END) & (goods.modes[:, 0] == 1)
    eligible = np.flatnonzero(lasting & (goods.has_batch | (goods.units_per_line >= 1.5)) & ~goods.is_bundle)
    places = [place for place, platform in enumerate(shops.platform) if platform in OWN_CHANNELS]
    count = parameters.demand.subscriptions if len(eligible) and places else 0
    sku = rng.choice(eligible, count) if count else np.empty(0, int)
    signed = rng.integers(calendar.first_day, calendar.last_day + 1, count)
    length = rng.integers(90, 720, count)
    ends = np.where(rng.random(count) < 0.5, signed + length, NO_END)
    return Subscriptions(
        subscription_ids=[f"SB{number:06d}" for number in range(1, count + 1)],
        subscription_member=rng.integers(0, parameters.customers.members, count),
        subscription_sku=sku,
        subscription_shop=rng.choice(places, count) if count else np.empty(0, int),
        subscription_qty=np.maximum(np.rint(2 * goods.units_per_line[sku]), 2).astype(np.int64),
        subscription_every=rng.choice(INTERVALS, count),
        subscription_first=signed + rng.integers(2, 15, count),
        subscription_last=ends,
        subscription_signed=signed,
    )
