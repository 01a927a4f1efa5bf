"""Which service takes a parcel: our choice where there is one and it may, else the retailer's own rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.tariffs import charges

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Parcels", "choose", "take_choices"]

OUT, ORDER = "warehouse.outbound_order", "order.sales_order"
FAST_SHARE = 0.08  # customers who ask for the fast service
HABIT_SHARE = 0.15  # parcels that go by a carrier's agreed share, not by price
NOT_AT_ALL = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Parcels:
    """n parcels to be handed over, those that leave first first."""

    warehouse: np.ndarray
    province: np.ndarray
    weight_g: np.ndarray
    volume_cm3: np.ndarray
    no_air: np.ndarray  # bool
    speed: np.ndarray  # share of 0 … 1 that the customer was born with
    wish: np.ndarray  # service that a plan names, -1 none


def take_choices(world: World) -> None:
    """Note the decisions on the orders; they hold until the parcel leaves."""
    out = world.tables[OUT]
    for choice in world.decisions.take("carriers"):
        known = (choice.outbound >= out.base) & (choice.outbound < out.count)
        out.note(choice.outbound[known], _service=choice.service[known], _plan=choice.plan)


def choose(world: World, parcels: Parcels) -> np.ndarray:
    """Service of each parcel, -1 where none may take it today.

    A planned service is taken if it may carry the parcel and has room left. By rule a few customers get the fastest
    service, some parcels go by habit (the services' weights), the others by the cheapest; a full service passes
    what it cannot take to the next cheapest.
    """
    cost, can = _offers(world, parcels)
    wish = np.where(_able(can, parcels.wish), parcels.wish, _by_rule(world, parcels, can))
    room = np.where(world.masters.daily_cap > 0, world.masters.daily_cap, NOT_AT_ALL)  # [C, W]
    cost = np.where(can, cost, NOT_AT_ALL)
    service = np.full(len(wish), -1, np.int64)
    open_ = np.flatnonzero(can.any(axis=1))
    while len(open_):
        first = np.where(wish[open_] >= 0, wish[open_], cost[open_].argmin(axis=1))
        warehouse = parcels.warehouse[open_]
        fits = _rank(first * room.shape[1] + warehouse) < room[first, warehouse]
        service[open_[fits]] = first[fits]
        np.subtract.at(room, (first[fits], warehouse[fits]), 1)
        cost[open_[~fits], first[~fits]] = NOT_AT_ALL
        wish[open_[~fits]] = -1
        open_ = open_[~fits]
        open_ = open_[(cost[open_] < NOT_AT_ALL).any(axis=1)]
    return service


def _offers(world: World, parcels: Parcels) -> tuple[np.ndarray, np.ndarray]:
    """Cost in fen and eligibility of each service for each parcel, both [n, C]."""
    masters = world.masters
    services = np.arange(len(masters.carrier_id))
    zone = masters.zone_of[:, parcels.warehouse, parcels.province].T
    cost = charges(masters, services[None, :], zone, parcels.weight_g[:, None], parcels.volume_cm3[:, None]).total
    can = ~masters.stopped[:, parcels.province].T & ~(parcels.no_air[:, None] & masters.air[None, :])
    return cost, can & (parcels.weight_g[:, None] <= masters.max_weight_g[None, :])


def _able(can: np.ndarray, wish: np.ndarray) -> np.ndarray:
    return (wish >= 0) & can[np.arange(len(wish)), np.maximum(wish, 0)]


def _by_rule(world: World, parcels: Parcels, can: np.ndarray) -> np.ndarray:
    """The service wished for by the rule, -1 for the cheapest."""
    masters = world.masters
    zone = masters.zone_of[:, parcels.warehouse, parcels.province].T
    promise = masters.promise_days[np.arange(can.shape[1])[None, :], zone]
    fastest = np.where(can, promise, 1000).argmin(axis=1)
    share = np.cumsum(np.where(can, masters.service_weight, 0.0), axis=1)
    aim = again(parcels.speed, 21) * share[:, -1]
    usual = np.minimum((share <= aim[:, None]).sum(axis=1), can.shape[1] - 1)
    by_habit = (parcels.speed < FAST_SHARE + HABIT_SHARE) & _able(can, usual)
    return np.where(parcels.speed < FAST_SHARE, fastest, np.where(by_habit, usual, -1))


def _rank(keys: np.ndarray) -> np.ndarray:
    """How many equal keys stand before each."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys)) - np.repeat(first, np.diff(np.r_[first, len(keys)]))
    return rank
