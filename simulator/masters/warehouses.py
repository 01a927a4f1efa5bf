"""Warehouses: where they are, whom they serve first, their bins and the lanes between them."""

import math
from dataclasses import dataclass

import numpy as np

from simulator.masters.catalogue import Catalogue
from simulator.masters.provinces import Provinces, kilometres
from simulator.masters.seeding import seeded
from simulator.parameters import Parameters, Warehouse

__all__ = ["Bins", "Warehouses", "make_warehouses"]

AISLE_M, BAY_M = 3.5, 1.2
RESERVE_SHARE = 0.3  # reserve bins per pick bin


@dataclass(frozen=True)
class Bins:
    """B bins of one warehouse: first a pick bin per SKU, then reserve bins, one for defects, one dock."""

    bin_ids: list[str]
    zone_ids: list[str]
    kind: list[str]
    """pick, reserve, defect or dock."""
    aisle: np.ndarray
    bay: np.ndarray
    level: np.ndarray
    """int [B], from 0."""
    seq: np.ndarray
    """int [B]: place in an S-shaped walk, from 1."""
    x_m: np.ndarray
    y_m: np.ndarray
    """float [B] metres across and along the aisles."""
    reserve_bin: int
    defect_bin: int
    dock_bin: int
    """The first bin of these kinds."""


@dataclass(frozen=True)
class Warehouses:
    """W warehouses in the order of the world file; R provinces."""

    warehouse_ids: list[str]
    province_of: np.ndarray
    """int [W]: index of the province it stands in."""
    warehouse_lat: np.ndarray
    warehouse_lon: np.ndarray
    order_cutoff_hour: np.ndarray
    """float [W]: orders allocated by then leave on the same day."""
    handover_hour: np.ndarray
    """float [W]: parcels are handed over."""
    rank: np.ndarray
    """int [R, W]: warehouses of a province, the natural one first."""
    distance_km: np.ndarray
    """float [W, R]."""
    demand_share: np.ndarray
    """float [W]: share of all orders whose natural warehouse it is."""
    bins: tuple[Bins, ...]
    bin_of: np.ndarray
    """int [W, S]: pick bin of a SKU, index into the warehouse's bins."""
    transfer_days: np.ndarray
    """int [W, W]: days a transfer travels."""
    transfer_sd: float
    transfer_unit_cost: int
    transfer_trip_cost: int
    """fen."""
    transfer_weekdays: np.ndarray
    """bool [7], Monday first."""


def make_warehouses(parameters: Parameters, goods: Catalogue, provinces: Provinces) -> Warehouses:
    rows, lanes = parameters.warehouses, parameters.transfers
    lat, lon = np.array([row.lat for row in rows]), np.array([row.lon for row in rows])
    km = kilometres(lat, lon, provinces.province_lat, provinces.province_lon)
    rank = np.argsort(km.T, axis=1, kind="stable")
    between = kilometres(lat, lon, lat, lon)
    share = np.bincount(rank[:, 0], weights=provinces.province_weight, minlength=len(rows))
    days = np.ceil(lanes.extra_days + between / lanes.speed_km_per_day).astype(int)
    np.fill_diagonal(days, 0)
    count = len(goods.sku_ids)
    return Warehouses(
        warehouse_ids=[row.id for row in rows],
        province_of=np.array([provinces.province_ids.index(row.province) for row in rows]),
        warehouse_lat=lat,
        warehouse_lon=lon,
        order_cutoff_hour=np.array([row.order_cutoff_hour for row in rows]),
        handover_hour=np.array([row.handover_hour for row in rows]),
        rank=rank,
        distance_km=km,
        demand_share=share,
        bins=tuple(_bins(row, count) for row in rows),
        bin_of=np.array([_pick_faces(parameters.world.seed, place, goods) for place in range(len(rows))]),
        transfer_days=days,
        transfer_sd=lanes.deviation_days,
        transfer_unit_cost=round(lanes.cost_per_unit * 100),
        transfer_trip_cost=round(lanes.cost_per_trip * 100),
        transfer_weekdays=np.array([day in lanes.weekdays for day in range(1, 8)]),
    )


def _bins(row: Warehouse, skus: int) -> Bins:
    reserve = math.ceil(RESERVE_SHARE * skus) + 1
    number = np.arange(skus + reserve + 2)
    bay, level = np.divmod(number, row.levels)
    aisle, bay = np.divmod(bay, row.bays_per_aisle)
    walk = aisle * row.bays_per_aisle + np.where(aisle % 2 == 0, bay, row.bays_per_aisle - 1 - bay)
    ids = [f"{row.id[:2]}-{a + 1:02d}-{b + 1:02d}-{c + 1}" for a, b, c in zip(aisle, bay, level, strict=True)]
    return Bins(
        bin_ids=ids,
        zone_ids=[f"Z{a // 4 + 1}" for a in aisle],
        kind=["pick"] * skus + ["reserve"] * reserve + ["defect", "dock"],
        aisle=aisle,
        bay=bay,
        level=level,
        seq=walk * row.levels + level + 1,
        x_m=np.round(3.0 + AISLE_M * aisle, 2),
        y_m=np.round(2.0 + BAY_M * bay, 2),
        reserve_bin=skus,
        defect_bin=skus + reserve,
        dock_bin=skus + reserve + 1,
    )


def _pick_faces(seed: int, place: int, goods: Catalogue) -> np.ndarray:
    """Categories lie together in an order of the warehouse's own; inside one, models are mixed."""
    rng = seeded(seed, "pick faces", place)
    block = rng.permutation(len(goods.categories))[goods.category_of]
    order = np.lexsort((rng.random(len(block)), block))
    faces = np.empty(len(block), int)
    faces[order] = np.arange(len(block))
    return faces
