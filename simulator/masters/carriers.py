"""Carrier services: tariffs, zones, promises, and how long parcels truly take."""

from dataclasses import dataclass

import numpy as np

from simulator.masters.provinces import Provinces
from simulator.masters.shops import MILLION
from simulator.masters.warehouses import Warehouses
from simulator.parameters import ZONES, Parameters, Service

__all__ = ["REMOTE_ZONE", "Carriers", "make_carriers"]

NEAR_KM, MIDDLE_KM = 420, 1200  # up to here zone 0, zone 1; beyond it zone 2
REMOTE = ("540000", "630000", "650000")
REMOTE_ZONE = ZONES - 1
LONGEST = 20  # days after which every parcel that is not lost has come
ROUNDING_G = {"up_100g": 100, "up_500g": 500, "up_1kg": 1000, "exact": 1}


@dataclass(frozen=True)
class Carriers:
    """C services in the order of the world file; Z = 4 zones, nearest first, remote last; money in fen with VAT.

    `simulator.tariffs` prices parcels by them. Origin zones are the warehouses.
    """

    carrier_id: list[str]
    service_code: list[str]
    service_mode: list[str]
    zone_of: np.ndarray
    """int8 [C, W, R]."""
    first_fee: np.ndarray
    step_fee: np.ndarray
    """int64 [C, Z]."""
    first_g: np.ndarray
    step_g: np.ndarray
    rounding: list[str]
    rounding_g: np.ndarray
    divisor: np.ndarray
    """int64 [C]."""
    fuel_rate: np.ndarray
    """int64 [C], millionths of the freight."""
    remote_fee: np.ndarray
    """int64 [C], on parcels to the remote zone."""
    promise_days: np.ndarray
    """int [C, Z]: days after the day of hand-over by which it promises delivery."""
    lost_share: np.ndarray
    damage_share: np.ndarray
    stopped: np.ndarray
    """bool [C, R]: provinces it does not serve."""
    air: np.ndarray
    """bool [C]: flies; no goods with `no_air`."""
    hazmat_ok: np.ndarray
    daily_cap: np.ndarray
    """int64 [C, W] parcels a day, 0 for no cap."""
    rebate_from: np.ndarray
    """int64 [C] parcels a month, 0 for no rebate."""
    rebate: np.ndarray
    """int64 [C] off each parcel of the month."""
    max_weight_g: np.ndarray
    service_weight: np.ndarray
    """float [C], sums to 1: how often the retailer's own rule picks it."""


def make_carriers(parameters: Parameters, provinces: Provinces, warehouses: Warehouses) -> Carriers:
    services = parameters.services
    km = warehouses.distance_km
    zone = np.where(km <= NEAR_KM, 0, np.where(km <= MIDDLE_KM, 1, 2)).astype(np.int8)
    zone[:, np.isin(provinces.province_ids, REMOTE)] = REMOTE_ZONE
    shape = (len(services), *zone.shape)
    weight = _column(services, "weight", float)
    return Carriers(
        carrier_id=[service.carrier for service in services],
        service_code=[service.code for service in services],
        service_mode=[service.mode for service in services],
        zone_of=np.broadcast_to(zone, shape).copy(),
        first_fee=np.array([_fen(service.first_fee) for service in services], np.int64),
        step_fee=np.array([_fen(service.step_fee) for service in services], np.int64),
        first_g=_column(services, "first_g", np.int64),
        step_g=_column(services, "step_g", np.int64),
        rounding=[service.rounding for service in services],
        rounding_g=np.array([ROUNDING_G[service.rounding] for service in services], np.int64),
        divisor=_column(services, "divisor", np.int64),
        fuel_rate=np.array([round(service.fuel * MILLION) for service in services], np.int64),
        remote_fee=np.array(_fen(service.remote_fee for service in services), np.int64),
        promise_days=np.array([service.promise_days for service in services]),
        lost_share=_column(services, "lost_share", float),
        damage_share=_column(services, "damage_share", float),
        stopped=np.array([np.isin(provinces.province_ids, service.stopped) for service in services]),
        air=np.array([service.mode == "air" for service in services]),
        hazmat_ok=_column(services, "hazmat_ok", bool),
        daily_cap=np.repeat(_column(services, "daily_cap", np.int64)[:, None], len(km), axis=1),
        rebate_from=_column(services, "rebate_from", np.int64),
        rebate=np.array(_fen(service.rebate for service in services), np.int64),
        max_weight_g=_column(services, "max_weight_g", np.int64),
        service_weight=weight / weight.sum(),
    )


def _column(services: tuple[Service, ...], name: str, kind: type) -> np.ndarray:
    return np.array([getattr(service, name) for service in services], kind)


def _fen(yuan) -> list[int]:
    return [round(value * 100) for value in yuan]
