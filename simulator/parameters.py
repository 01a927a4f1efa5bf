"""What a world is like: the sections of a world file, with units, ranges and defaults.

    from simulator.parameters import read

    parameters = read("simulator/worlds/small.toml")
    parameters.demand.order_lines_per_day

Money is written in yuan, shares as fractions of one, days of the year as `[month, day]`. A world file may lay
its keys over another by `based_on = "reference.toml"`.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulator.toml_sections import ParameterError, read_document, section, sections, within

__all__ = ["ParameterError", "Parameters", "read"]

EARLIEST, LATEST = date(2023, 1, 1), date(2028, 12, 31)  # Spring Festivals are known for these years
ZONES = 4


@dataclass(frozen=True, kw_only=True)
class World:
    """Name, seed and span of days."""

    name: str
    seed: int = within(0)
    first_day: date = within(EARLIEST, LATEST)  # noqa: RUF009 (a field, not a default)
    history_days: int = within(1, 1500, 730)
    """Days before the closed loop, run by the built-in policy."""
    loop_days: int = within(0, 800, 366)
    """Most days of the closed loop; masters and campaigns are made for all days at once."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """How many goods, how they come and go."""

    skus: int = within(20, 200_000)
    """SKUs over all days, bundles included; fewer are on sale on any one day."""
    bundles: int = within(0, 100, 3)
    """SKUs sold as a set of others; fewer where too little of the catalogue lasts."""
    renewed_share: float = within(0, 1, 0.35)
    """Share of models that a successor replaces during the simulated days."""
    new_share: float = within(0, 1, 0.15)
    """Share of models launched during the simulated days without a predecessor."""
    ended_share: float = within(0, 1, 0.08)
    """Share of models that end during the simulated days without a successor."""
    overlap_days: tuple[int, ...] = within(0, 365, (20, 60), size=2)
    """Days that a successor is on sale beside its predecessor, from … to."""
    ramp_days: int = within(1, 365, 42)
    """Days from launch to full demand."""
    fade_days: int = within(1, 365, 75)
    """Days before the end over which demand fades to a third."""
    announced_days: int = within(7, 365, 60)
    """Days before launch or end that the product system knows of it."""
    colour_curve: tuple[float, ...] = within(0, None, (0.45, 0.28, 0.17, 0.10))
    """Shares of a model's first, second, … colour; rescaled to the colours it has."""
    second_source_share: float = within(0, 1, 0.15)
    """Share of own SKUs that a second supplier offers too."""
    second_source_markup: float = within(0, 1, 0.06)
    """How much more the second supplier asks."""


@dataclass(frozen=True, kw_only=True)
class Category:
    """One leaf category and what its goods are like."""

    code: str
    name: str
    """Chinese and English name of a model."""
    path: str
    brands: tuple[str, ...]
    share: float = within(0)
    """Share of SKUs, rescaled over all categories."""
    popularity: float = within(0.01, 100, 1.0)
    """Demand per SKU relative to other categories."""
    price: tuple[float, ...] = within(1, 100_000, size=2)
    """List price in yuan with VAT, from … to."""
    margin: tuple[float, ...] = within(0.05, 0.9, (0.30, 0.50), size=2)
    """Gross margin on the net list price, from … to."""
    weight_g: int = within(1, 60_000)
    size_mm: tuple[int, ...] = within(1, 3000, size=3)
    sizes: tuple[str, ...] = ("均码",)
    size_curve: tuple[float, ...] = within(0, None, (1.0,))
    """Share of each size, rescaled."""
    colours: tuple[int, ...] = within(1, 8, (1, 1), size=2)
    """Colours per model, from … to."""
    case_units: int = within(1, 1000, 1)
    """Base units per purchase case."""
    units_per_line: float = within(1, 100, 1.05)
    return_rate: float = within(0, 0.9, 0.05)
    size_issue_share: float = within(0, 1, 0.0)
    """Share of returns because of the size, which may become exchanges."""
    shelf_life_days: int = within(0, 3650, 0)
    """0: no batches."""
    storage_class: str = within(default="ambient", choices=("ambient", "cold", "frozen", "bulky"))
    no_air: bool = False
    hazmat: bool = False
    main_mode: str = within(default="own", choices=("own", "dropship", "merchant"))
    also_dropship: float = within(0, 1, 0.0)
    """Share of SKUs that are sold as dropship beside the main mode."""
    also_merchant: float = within(0, 1, 0.0)
    """Share of SKUs that a merchant sells beside the main mode."""
    peak: tuple[int, ...] = within(1, 31, (5, 1), size=2)
    """Month and day of the seasonal peak."""
    amplitude: float = within(0, 0.95, 0.1)
    """Half the distance between seasonal peak and trough, relative to the mean."""
    trend: float = within(-0.9, 5, 0.0)
    """Growth per year."""


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


@dataclass(frozen=True, kw_only=True)
class Service:
    """One carrier service and its rate card; lists of four go by zone, nearest first, remote last."""

    carrier: str
    code: str
    carrier_name: str
    name: str
    mode: str = within(choices=("air", "road", "rail", "same_city", "ltl"))
    first_fee: tuple[float, ...] = within(0, None, size=ZONES)
    step_fee: tuple[float, ...] = within(0, None, size=ZONES)
    """Yuan with VAT for the first weight and for each further step."""
    first_g: int = within(1, 30_000, 1000)
    step_g: int = within(1, 30_000, 1000)
    rounding: str = within(default="up_1kg", choices=("up_100g", "up_500g", "up_1kg", "exact"))
    divisor: int = within(1000, 20_000, 8000)
    """Cubic centimetres that count as one kilogram."""
    fuel: float = within(0, 1, 0.0)
    """Share of the freight added for fuel."""
    remote_fee: float = within(0, None, 0.0)
    """Yuan on every parcel to the remote zone."""
    promise_days: tuple[int, ...] = within(1, 30, size=ZONES)
    early_share: float = within(0, 1, 0.2)
    """Share of parcels delivered a day before promised, where it promises more than one."""
    on_time_share: float = within(0.01, 1, 0.93)
    """Share delivered as promised or before."""
    late_decay: float = within(0.01, 0.95, 0.5)
    """Each further day of lateness is this many times as likely as the one before."""
    lost_share: float = within(0, 0.2, 0.0008)
    damage_share: float = within(0, 0.2, 0.0015)
    daily_cap: int = within(0, None, 0)
    """Parcels a day from one warehouse; 0 for no cap."""
    rebate_from: int = within(0, None, 0)
    rebate: float = within(0, None, 0.0)
    """Yuan off each parcel from this many in a month; 0 for none."""
    max_weight_g: int = within(1000, None, 30_000)
    stopped: tuple[str, ...] = ()
    """Provinces it does not serve."""
    cod_ok: bool = True
    hazmat_ok: bool = True
    weight: float = within(0, None, 1.0)
    """How often the retailer's own rule picks it, rescaled."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One store in a channel."""

    id: str
    name: str
    platform: str = within(
        choices=("app", "mini_program", "h5", "tmall", "taobao", "jd", "pdd", "douyin", "youzan", "distributor")
    )
    weight: float = within(0)
    """Share of orders, rescaled."""
    commission: float = within(0, 0.5, 0.0)
    pay_channel: str = within(default="wechat", choices=("wechat", "alipay", "unionpay", "card"))
    channel_fee: float = within(0, 0.1, 0.006)


@dataclass(frozen=True, kw_only=True)
class Customers:
    """What customers do after ordering."""

    members: int = within(1, None, 60_000)
    unpaid_share: float = within(0, 1, 0.05)
    """Orders never paid; closed after `unpaid_minutes`."""
    unpaid_minutes: int = within(1, 1440, 30)
    pay_minutes_mean: float = within(0, 1440, 4.0)
    cancel_share: float = within(0, 1, 0.03)
    """Paid orders called off before shipping."""
    reject_share: float = within(0, 1, 0.008)
    """Parcels refused at the door."""
    review_share: float = within(0, 1, 0.15)
    free_freight_from: float = within(0, None, 99.0)
    """Yuan of goods from which freight is free."""
    freight_charged: float = within(0, None, 8.0)
    invoice_share: float = within(0, 1, 0.25)
    complete_days: int = within(1, 60, 7)
    """Days after delivery that an order completes by itself."""


@dataclass(frozen=True, kw_only=True)
class Returns:
    """Returns and exchanges; rates by category stand there."""

    window_days: int = within(1, 60, 7)
    decide_days_mean: float = within(0, 60, 2.5)
    exchange_share: float = within(0, 1, 0.45)
    """Share of size issues exchanged rather than refunded."""
    refund_only_share: float = within(0, 1, 0.06)
    transit_days_mean: float = within(0, 60, 3.0)
    defective_share: float = within(0, 1, 0.06)
    scrap_share: float = within(0, 1, 0.02)
    missing_share: float = within(0, 1, 0.003)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The retailer's built-in (s, Q) policy of the history and of the `reorder-point` comparison."""

    z: float = within(-3, 6, 1.64)
    """Safety factor on the deviation of demand over the protection interval."""
    review_days: int = within(1, 30, 1)
    window_weeks: int = within(2, 104, 13)
    """Weeks behind that the mean and deviation come from."""
    holding_rate: float = within(0.01, 2, 0.25)
    """Yearly holding cost per yuan of stock, for the order quantity."""
    opening_days: float = within(0, 365, 45.0)
    """Days of demand in stock on the first day."""
    service_targets: tuple[float, ...] = within(0.5, 0.9999, (0.97, 0.95, 0.88), size=3)
    """Fill rate of class A, B and C."""
    capital_rate: float = within(0, 1, 0.12)
    storage_per_litre_day: float = within(0, None, 0.004)
    budget_factor: float = within(0, 100, 1.6)
    """Monthly budget as a multiple of ordinary purchases."""
    storage_days: float = within(1, 3650, 150.0)
    """Room of a warehouse, in days of its ordinary demand."""


@dataclass(frozen=True, kw_only=True)
class Acting:
    """How the retailer's systems take our decisions."""

    reject_share: float = within(0, 1, 0.0)
    partial_share: float = within(0, 1, 0.0)
    dropped_id_share: float = within(0, 1, 0.0)
    """Share of purchase lines that lose their suggestion id on the way."""
    delay_days_mean: float = within(0, 30, 0.0)


@dataclass(frozen=True, kw_only=True)
class Exports:
    """In what formats the systems export."""

    dialects: tuple[str, ...] = ()
    """Real formats that some systems write instead of canonical CSV, by the name of the mapping that reads them."""


@dataclass(frozen=True, kw_only=True)
class Dirt:
    """Faults put into the exports; all zero for a clean world. A row or file has at most one."""

    bad_row_share: float = within(0, 1, 0.0)
    """Rows that break their contract, sent right some days later; never more than a file may hold."""
    duplicate_row_share: float = within(0, 1, 0.0)
    late_row_share: float = within(0, 1, 0.0)
    corrected_row_share: float = within(0, 1, 0.0)
    """Rows told wrong first and right some days later."""
    older_row_share: float = within(0, 1, 0.0)
    """Rows of which an older version comes some days later."""
    mutated_row_share: float = within(0, 1, 0.0)
    """Facts told again, with another content, some days later."""
    ghost_row_share: float = within(0, 1, 0.0)
    """Rows entered by mistake beside the true ones, deleted some days later."""
    delay_days_max: int = within(1, 60, 3)
    """What comes later comes after 1 … this many days, each as likely."""
    repeated_file_share: float = within(0, 1, 0.0)
    drift_file_share: float = within(0, 1, 0.0)
    growing_file_share: float = within(0, 1, 0.0)
    wrong_total_file_share: float = within(0, 1, 0.0)
    """Files whose manifest states a wrong control total, sent right with the next delivery."""
    truncated_file_share: float = within(0, 1, 0.0)
    """Files cut off on the way, sent whole with the next delivery."""

    @property
    def is_clean(self) -> bool:
        """Whether no dial is on."""
        return not any(value for name, value in vars(self).items() if name.endswith("_share"))


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """A world file. Single sections have their table's name, arrays of tables the plural."""

    world: World
    catalogue: Catalogue
    categories: tuple[Category, ...]
    demand: Demand
    promotion: Promotion
    events: tuple[Event, ...]
    spring_festival: SpringFestival
    suppliers: tuple[Supplier, ...]
    warehouses: tuple[Warehouse, ...]
    transfers: Transfers
    services: tuple[Service, ...]
    shops: tuple[Shop, ...]
    customers: Customers
    returns: Returns
    policy: Policy
    acting: Acting
    exports: Exports
    dirt: Dirt

    @property
    def simulated_days(self) -> int:
        """Days of history and closed loop."""
        return self.world.history_days + self.world.loop_days


SINGLE = {
    "world": World,
    "catalogue": Catalogue,
    "demand": Demand,
    "promotion": Promotion,
    "spring_festival": SpringFestival,
    "transfers": Transfers,
    "customers": Customers,
    "returns": Returns,
    "policy": Policy,
    "acting": Acting,
    "exports": Exports,
    "dirt": Dirt,
}
ARRAYS = {  # table name: (attribute, kind)
    "category": ("categories", Category),
    "event": ("events", Event),
    "supplier": ("suppliers", Supplier),
    "warehouse": ("warehouses", Warehouse),
    "service": ("services", Service),
    "shop": ("shops", Shop),
}


def read(path: Path | str) -> Parameters:
    """The parameters of a world file.

    Raises
    ------
    ParameterError
        Naming the file and the key, if a key is unknown or missing, or a value has the wrong type, lies
        outside its range or disagrees with another.
    """
    path = Path(path)
    document = read_document(path)
    for key in document:
        if key not in SINGLE and key not in ARRAYS:
            raise ParameterError(f"{path}: [{key}]: unknown table; the tables are {', '.join([*SINGLE, *ARRAYS])}")
    found = {name: section(kind, document.get(name, {}), f"{path}: [{name}]") for name, kind in SINGLE.items()}
    for name, (attribute, kind) in ARRAYS.items():
        found[attribute] = sections(kind, document.get(name, []), f"{path}: [[{name}]]")
    parameters = Parameters(**found)
    _check(parameters, path)
    return parameters


def _check(parameters: Parameters, path: Path) -> None:
    """What single values cannot show: pairs in order, codes that exist, names used once."""
    _pairs_in_order(parameters, path)
    _used_once([c.code for c in parameters.categories], f"{path}: [[category]] code")
    _used_once([w.id for w in parameters.warehouses], f"{path}: [[warehouse]] id")
    # carrier zones are keyed by the region of origin, so two warehouses of one province could not differ
    _used_once([w.province for w in parameters.warehouses], f"{path}: [[warehouse]] province")
    _used_once([s.id for s in parameters.shops], f"{path}: [[shop]] id")
    _used_once([f"{s.carrier} {s.code}" for s in parameters.services], f"{path}: [[service]] carrier and code")
    codes = [c.code for c in parameters.categories]
    for number, category in enumerate(parameters.categories, 1):
        if len(category.sizes) != len(category.size_curve) or not sum(category.size_curve):
            raise ParameterError(
                f"{path}: [[category]] {number} size_curve: {len(category.size_curve)} values for "
                f"{len(category.sizes)} sizes; give one share per size, not all zero"
            )
    for number, supplier in enumerate(parameters.suppliers, 1):
        for code in supplier.categories:
            if code not in codes:
                raise ParameterError(
                    f"{path}: [[supplier]] {number} categories: found {code!r}; categories are {', '.join(codes)}"
                )
    for category in parameters.categories:
        _supplied(category, parameters.suppliers, path)
    if not 2 <= len(parameters.warehouses) <= 5:
        raise ParameterError(f"{path}: [[warehouse]]: found {len(parameters.warehouses)}; write two to five")
    for name, weights in (("shop", parameters.shops), ("service", parameters.services)):
        if not sum(entry.weight for entry in weights):
            raise ParameterError(f"{path}: [[{name}]] weight: all are zero; give at least one a share")


def _supplied(category: Category, suppliers: tuple[Supplier, ...], path: Path) -> None:
    kinds = {s.kind for s in suppliers if not s.categories or category.code in s.categories}
    wanted = {"own": {"brand", "distributor"}, "dropship": {"dropship"}, "merchant": {"merchant"}}
    needs = [category.main_mode]
    needs += ["dropship"] if category.also_dropship else []
    needs += ["merchant"] if category.also_merchant else []
    for mode in needs:
        if not kinds & wanted[mode]:
            raise ParameterError(
                f"{path}: [[category]] {category.code}: no supplier of kind {' or '.join(sorted(wanted[mode]))} has "
                f"it, but it is sold as {mode}; add the code to a [[supplier]]'s categories"
            )


def _pairs_in_order(parameters: Parameters, path: Path) -> None:
    pairs = [("catalogue", "overlap_days", parameters.catalogue.overlap_days)]
    pairs += [("demand", "intermittent_idle", parameters.demand.intermittent_idle)]
    pairs += [("promotion", key, getattr(parameters.promotion, key)) for key in ("flash_days", "depth")]
    pairs += [("promotion", "published_days", parameters.promotion.published_days)]
    for category in parameters.categories:
        pairs += [
            (f"[category]] {category.code}", key, getattr(category, key)) for key in ("price", "margin", "colours")
        ]
    for supplier in parameters.suppliers:
        keys = ("rise", "rise_notice_days", "spring_shutdown", "price_break_cases", "price_break_off")
        pairs += [(f"[supplier]] {supplier.name}", key, getattr(supplier, key)) for key in keys]
    for place, key, (low, high) in pairs:
        if low > high:
            named = f"[{place}" if "]" in place else f"[{place}]"
            raise ParameterError(f"{path}: {named} {key}: found {[low, high]}; write the smaller value first")


def _used_once(names: list[str], place: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{place}: found {name!r} twice; give each its own")
