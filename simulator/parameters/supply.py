"""Who supplies, and on which terms."""

from dataclasses import dataclass

from simulator.toml_sections import within

__all__ = ["Supplier"]


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """One supplier, or `count` alike."""

    name: str
    kind: str = within(choices=("brand", "distributor", "dropship", "merchant"))
    province: str = "350000"
    categories: tuple[str, ...] = ()
    """Codes of the categories it supplies; empty for all."""
    count: int = within(1, 1000, 1)
    lead_days: float = within(1, 180, 10.0)
    """Mean calendar days from order to receipt."""
    lead_sd: float = within(0, 60, 1.5)
    late_share: float = within(0, 1, 0.1)
    """Share of deliveries that come late on top of the ordinary spread."""
    late_days_mean: float = within(0, 90, 2.5)
    defect_rate: float = within(0, 0.5, 0.01)
    """Assumed, not fitted: no public data set holds it."""
    short_share: float = within(0, 1, 0.04)
    """Share of order lines delivered in part first."""
    moq_cases: int = within(1, 1000, 2)
    price_break_cases: tuple[int, ...] = within(1, 100_000, (6, 20), size=2)
    """Cases of one SKU from which the second and third price step hold."""
    price_break_off: tuple[float, ...] = within(0, 0.5, (0.03, 0.05), size=2)
    weekdays: tuple[int, ...] = within(1, 7, (1, 4))
    """ISO weekdays on which it takes orders."""
    cutoff_hour: int = within(0, 23, 16)
    terms_days: int = within(0, 180, 30)
    settle_method: str = within(default="monthly", choices=("cash", "on_receipt", "monthly", "consignment"))
    min_amount: float = within(0, None, 0.0)
    """Smallest order in yuan, net."""
    order_cost: float = within(0, None, 50.0)
    """Our cost of one order in yuan."""
    capacity_days: float = within(0, 3650, 25.0)
    """Most it delivers of a SKU in a week, in days of the SKU's ordinary demand."""
    return_allowed: bool = True
    offers: bool = True
    """Sends what it has and asks."""
    spring_shutdown: tuple[int, ...] = within(-60, 60, (-8, 10), size=2)
    """Days from New Year's day on which it rests."""
    national_shutdown: bool = True
    """Rests from 1 to 7 October."""
    rise_chance: float = within(0, 1, 0.35)
    """Chance of a price rise in a year."""
    rise: tuple[float, ...] = within(0, 0.5, (0.02, 0.06), size=2)
    rise_notice_days: tuple[int, ...] = within(1, 180, (25, 60), size=2)
    fulfilled_by_us: bool = False
    """A merchant's goods lie in our warehouses."""
    commission: float = within(0, 0.5, 0.12)
    """What a merchant pays us of a sale."""
