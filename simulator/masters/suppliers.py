"""Suppliers: how long they take, when they rest, what they ask and how that changes."""

from dataclasses import dataclass

import numpy as np

from simulator.masters.calendar import SPRING_FESTIVALS, Calendar
from simulator.masters.seeding import seeded
from simulator.parameters import Parameters, Supplier
from simulator.times import as_date, day_number

__all__ = ["NEVER", "Suppliers", "make_suppliers"]

NEVER = 2**30  # a day that does not come
YEAR = 365


@dataclass(frozen=True)
class Suppliers:
    """V suppliers; templates of the world file with a count above one stand in a row."""

    supplier_ids: list[str]
    supplier_names: list[str]
    supplier_kind: list[str]
    """brand, distributor, dropship or merchant."""
    template_of: np.ndarray
    """int [V]: place of its template in `parameters.suppliers`."""
    lead_days: np.ndarray
    """float [V]: mean calendar days from order to receipt."""
    lead_sd: np.ndarray
    late_share: np.ndarray
    """float [V]: share of deliveries that are late on top, by `late_days_mean` days on average."""
    late_days_mean: np.ndarray
    defect_rate: np.ndarray
    short_share: np.ndarray
    """float [V]: share of order lines delivered in part first."""
    weekday_mask: np.ndarray
    """bool [V, 7], Monday first: takes orders."""
    cutoff_hour: np.ndarray
    terms_days: np.ndarray
    settle_method: list[str]
    min_amount: np.ndarray
    """int64 [V] fen, net."""
    order_cost: np.ndarray
    """int64 [V] fen per order."""
    price_break_cases: np.ndarray
    """int64 [V, 3]: cases of one SKU from which a price step holds, the first 0."""
    price_break_factor: np.ndarray
    """float [V, 3]: what the step multiplies the price by."""
    rise_day: np.ndarray
    """int32 [V, K], ascending: first day of each price rise, NEVER where there is none."""
    rise_notice_day: np.ndarray
    """int32 [V, K]: day the rise is announced."""
    rise_factor: np.ndarray
    """float [V, K]: all prices from that day on, relative to those of the first day."""
    is_shutdown: np.ndarray
    """bool [V, D] over the calendar's days: it rests, its clocks stand still."""
    commission_rate: np.ndarray
    """float [V]: what a merchant pays us of a sale; 0 for other kinds."""
    fulfilled_by_us: np.ndarray
    """bool [V]: a merchant whose goods lie in our warehouses under its own owner id, the supplier id."""
    dropship_place: list[str]
    """[V]: warehouse id of a dropship supplier's own place; empty for other kinds."""


def make_suppliers(parameters: Parameters, calendar: Calendar) -> Suppliers:
    templates = [place for place, supplier in enumerate(parameters.suppliers) for _ in range(supplier.count)]
    rows = [parameters.suppliers[place] for place in templates]
    ids = [f"S{number:02d}" for number in range(1, len(rows) + 1)]
    rises = [_rises(parameters.world.seed, number, row, calendar) for number, row in enumerate(rows)]
    return Suppliers(
        supplier_ids=ids,
        supplier_names=_names(rows),
        supplier_kind=[row.kind for row in rows],
        template_of=np.array(templates),
        **{name: np.array([getattr(row, name) for row in rows], float) for name in MEASURES},
        cutoff_hour=np.array([row.cutoff_hour for row in rows]),
        terms_days=np.array([row.terms_days for row in rows]),
        weekday_mask=np.array([[day in row.weekdays for day in range(1, 8)] for row in rows]),
        settle_method=[row.settle_method for row in rows],
        min_amount=np.array([round(row.min_amount * 100) for row in rows], np.int64),
        order_cost=np.array([round(row.order_cost * 100) for row in rows], np.int64),
        price_break_cases=np.array([(0, *row.price_break_cases) for row in rows], np.int64),
        price_break_factor=np.array([(1.0, *(1 - off for off in row.price_break_off)) for row in rows]),
        rise_day=np.array([rise[0] for rise in rises], np.int32),
        rise_notice_day=np.array([rise[1] for rise in rises], np.int32),
        rise_factor=np.array([rise[2] for rise in rises]),
        is_shutdown=np.array([_shutdown(row, calendar) for row in rows]),
        commission_rate=np.array([row.commission if row.kind == "merchant" else 0.0 for row in rows]),
        fulfilled_by_us=np.array([row.kind == "merchant" and row.fulfilled_by_us for row in rows]),
        dropship_place=[f"{id}-DS" if row.kind == "dropship" else "" for id, row in zip(ids, rows, strict=True)],
    )


MEASURES = ("lead_days", "lead_sd", "late_share", "late_days_mean", "defect_rate", "short_share")


def _names(rows: list[Supplier]) -> list[str]:
    """A template's second supplier has a 2 after its name, and so on."""
    seen: dict[str, int] = {}
    names = []
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
        names.append(row.name if seen[row.name] == 1 else f"{row.name} {seen[row.name]}")
    return names


def _rises(seed: int, number: int, row: Supplier, calendar: Calendar) -> tuple[list, list, list]:
    """(first days, days of notice, cumulative factors), one entry per year begun."""
    rng = seeded(seed, "price rises", number)
    years = (calendar.last_day - calendar.first_day) // YEAR + 1
    days, notices, factors, factor = [], [], [], 1.0
    for year in range(years):
        happens, day, by = rng.random(), rng.integers(0, YEAR), rng.uniform(*row.rise)
        notice = rng.integers(*row.rise_notice_days, endpoint=True)
        if happens < row.rise_chance:
            factor *= 1 + by
            starts = calendar.first_day + year * YEAR + int(day)
            days.append(starts)
            notices.append(starts - int(notice))
            factors.append(factor)
    missing = years - len(days)
    return days + [NEVER] * missing, notices + [NEVER] * missing, factors + [factor] * missing


def _shutdown(row: Supplier, calendar: Calendar) -> np.ndarray:
    days = np.arange(calendar.calendar_start, calendar.calendar_start + calendar.calendar_days)
    closed = np.zeros(len(days), bool)
    for festival in SPRING_FESTIVALS.values():
        since = days - day_number(festival)
        closed |= (since >= row.spring_shutdown[0]) & (since <= row.spring_shutdown[1])
    if row.national_shutdown:
        closed |= np.array([(d.month, d.day) >= (10, 1) and (d.month, d.day) <= (10, 7) for d in map(as_date, days)])
    return closed
