"""Where goods lie, and how they move between these places."""

from dataclasses import dataclass

from simulator.toml_sections import within

__all__ = ["Transfers", "Warehouse"]


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """One warehouse of ours."""

    id: str
    name: str
    province: str
    address: str
    lat: float = within(-90, 90)
    lon: float = within(-180, 180)
    order_cutoff_hour: float = within(0, 24, 15.5)
    """Orders allocated by then leave on the same day."""
    handover_hour: float = within(0, 24, 18.0)
    bays_per_aisle: int = within(2, 200, 15)
    levels: int = within(1, 10, 4)
    """Bins above each other in a bay."""
    pickers: int = within(1, 10_000, 8)
    packers: int = within(1, 10_000, 6)
    pick_units_per_hour: float = within(1, 1000, 60.0)
    pack_units_per_hour: float = within(1, 1000, 45.0)
    shift_hours: tuple[int, ...] = within(0, 24, (9, 18), size=2)
    carts: int = within(1, 10_000, 8)
    cart_slots: int = within(1, 500, 12)
    cart_volume_l: float = within(1, 10_000, 240.0)
    units_per_day_factor: float = within(0.1, 100, 6.0)
    """Most units out per day, as a multiple of its share of ordinary demand."""
    cost_per_order: float = within(0, None, 2.2)
    cost_per_line: float = within(0, None, 0.5)
    """Handling, in yuan."""


@dataclass(frozen=True, kw_only=True)
class Transfers:
    """Moving goods between our warehouses."""

    speed_km_per_day: float = within(50, 2000, 450.0)
    extra_days: float = within(0, 30, 1.0)
    deviation_days: float = within(0, 30, 0.5)
    cost_per_unit: float = within(0, None, 1.6)
    cost_per_trip: float = within(0, None, 120.0)
    weekdays: tuple[int, ...] = within(1, 7, (2, 4))
