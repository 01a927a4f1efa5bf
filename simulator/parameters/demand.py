"""What customers want and when: demand, promotions, events of the year."""

from dataclasses import dataclass

from simulator.toml_sections import within

__all__ = ["Demand", "Event", "Promotion", "SpringFestival"]


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Levels, spread and rhythm of demand."""

    order_lines_per_day: float = within(1)
    """Own order lines of a day without events and promotions, averaged over all simulated days."""
    lines_per_order: float = within(1, 20, 1.6)
    spread: float = within(0, 3, 0.886)
    """Standard deviation of the logarithm of a model's demand within its category."""
    dispersion: float = within(0, 20, 0.057)
    """Median k of the daily variance m + k·m² (negative binomial)."""
    dispersion_spread: float = within(0, 3, 1.25)
    """Standard deviation of the logarithm of k over SKUs."""
    intermittent_share: float = within(0, 1, 0.15)
    """Share of SKUs, the slowest, with days without any demand."""
    intermittent_idle: tuple[float, ...] = within(0, 0.99, (0.5, 0.9), size=2)
    """Share of such days, from … to."""
    weekday: tuple[float, ...] = within(0.01, 10, (0.95, 0.93, 0.94, 0.96, 1.02, 1.10, 1.10), size=7)
    """Monday to Sunday, rescaled to a mean of 1."""
    hours: tuple[float, ...] = within(
        0,
        None,
        (14, 8, 5, 3, 2, 3, 8, 18, 33, 48, 58, 55, 52, 50, 48, 50, 52, 50, 50, 60, 78, 92, 78, 40),
        size=24,
    )
    """Share of each hour of the day, rescaled."""
    noise_ar: float = within(0, 0.99, 0.6)
    """Day-to-day correlation of the common noise of a category."""
    noise_sd: float = within(0, 1, 0.06)
    """Standard deviation of its logarithm."""
    level_ar: float = within(0, 0.999, 0.94)
    """Week-to-week correlation of a model's wandering level (fitted)."""
    level_sd: float = within(0, 1, 0.26)
    """Standard deviation of its logarithm (fitted)."""
    trend_sd: float = within(0, 2, 0.12)
    """Spread of a model's growth per year around its category's."""
    regional_spread: float = within(0, 2, 0.35)
    """Standard deviation of the logarithm of a category's share in a province."""
    b2b_share: float = within(0, 0.5, 0.01)
    """Share of orders by companies."""
    b2b_units: float = within(1, 1000, 24.0)
    """Units per line of such an order."""
    b2b_discount: float = within(0, 0.5, 0.08)
    """Wholesale price below list."""
    subscriptions: int = within(0, 1_000_000, 40)
    """Subscriptions of consumables."""
    visible_lost_share: float = within(0, 1, 0.3)
    """Share of lines lost for want of stock that show as cancelled; the rest leave no trace."""


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """Campaign calendar and what it does to demand."""

    flash_sales_per_week: float = within(0, 20, 1.0)
    flash_sku_share: float = within(0, 1, 0.08)
    """Share of SKUs on sale in one flash sale."""
    flash_days: tuple[int, ...] = within(1, 14, (2, 5), size=2)
    depth: tuple[float, ...] = within(0, 0.8, (0.08, 0.25), size=2)
    """Share off the list price, from … to."""
    published_days: tuple[int, ...] = within(1, 60, (7, 21), size=2)
    """Days before its start that a campaign is published, from … to."""
    full_reductions_per_month: float = within(0, 10, 1.0)
    live_per_month: float = within(0, 20, 2.0)
    """Live-stream sales, in Douyin shops."""
    elasticity: float = within(0, 10, 1.714)
    """Uplift = (promotional price / list price) ** -elasticity."""
    elasticity_spread: float = within(0, 2, 0.25)
    """Standard deviation of the logarithm of the elasticity over categories."""
    exposure_uplift: float = within(1, 5, 1.4)
    """Further factor for being shown on the home page."""
    cannibalisation: float = within(0, 1, 0.23)
    """Share of the extra demand that other SKUs of the model lose."""
    pull_forward: float = within(0, 1, 0.15)
    """Share of the extra demand that the SKU itself lacks afterwards."""
    pull_forward_days: int = within(1, 60, 14)
    clearance_depth: float = within(0, 0.9, 0.35)
    """Share off the list price in the last weeks of a model."""
    clearance_days: int = within(0, 120, 45)
    supplier_funded_share: float = within(0, 1, 0.2)
    """Share of flash sales that suppliers pay half of."""
    coupon_use: float = within(0, 1, 0.12)
    """Share of orders above its threshold that redeem a running coupon."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """A yearly sales event, on the same days every year."""

    name: str
    tag: str
    """Tag in the calendar."""
    starts: tuple[int, ...] = within(1, 31, size=2)
    ends: tuple[int, ...] = within(1, 31, size=2)
    """Month and day of the first and the last day."""
    peaks: tuple[int, ...] = within(0, 60, ())
    """Days after the start, 0 for the first, on which `peak_uplift` stands instead of `uplift`."""
    uplift: float = within(0.1, 20, 1.3)
    """Factor on all demand, beside what lower prices do."""
    peak_uplift: float = within(0.1, 20, 2.5)
    presale_days: int = within(0, 30, 0)
    """Days before the start on which orders are taken for delivery from the start on."""
    sku_share: float = within(0, 1, 0.4)
    depth: tuple[float, ...] = within(0, 0.8, (0.12, 0.28), size=2)
    published_days: int = within(1, 90, 21)
    """Days before the pre-sale (or the start) that it is published."""
    dip: float = within(0, 1, 0.85)
    """Factor on all demand in the ten days after."""


@dataclass(frozen=True, kw_only=True)
class SpringFestival:
    """What the Spring Festival does, by days before (-) and after New Year's day."""

    peak: float = within(0.1, 10, 1.22)
    peak_days: tuple[int, ...] = within(-60, 60, (-28, -9), size=2)
    dip: float = within(0.05, 2, 0.45)
    dip_days: tuple[int, ...] = within(-60, 60, (-4, 6), size=2)
    carrier_stop_days: tuple[int, ...] = within(-30, 30, (-1, 3), size=2)
    """Days on which parcels do not move."""
