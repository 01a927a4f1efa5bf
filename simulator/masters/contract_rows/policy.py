"""Policy rows: what the retailer's planners have decided, as the thirteen policy tables."""

from datetime import time

import numpy as np

from simulator.masters.contract_rows.sheet import Sheet, opened, rate, yuan
from simulator.masters.prices import rebate_terms
from simulator.masters.rhythm import ordinary_rate
from simulator.parameters import Parameters
from simulator.times import as_date, clock_time

__all__ = ["policies"]

FEN = 100
WEEKDAYS = range(1, 8)
HEALTH_DAYS = {"at_risk": 7, "excess": 90, "slow": 45, "dead": 60, "near_expiry": 90}
LABOUR = (("pick", 90, 0.9, 8, 3, 0), ("check", 0, 0, 0, 4, 10), ("pack", 0, 0, 0, 5, 45))  # seconds
WAVES = (("single_item", 40, 200), ("multi_item", 30, 150))  # most orders, most units
STACKING = 0.6  # share of the room that goods can fill
LIMIT_DAYS = {"planner": 5, "manager": 100}  # days of ordinary purchases that a role may approve
KNOWN_DAYS = 90  # of sales before a SKU can stand for another
ARRIVAL = 30  # days ahead of sale that goods are bought
PENALTIES = {"handling": (1.8, "per_unit"), "disposal": (2.0, "per_unit"), "late_parcel": (6.0, "per_parcel"),
             "co2": (0.09, "per_kg")}  # fmt: skip


def policies(sheet: Sheet, masters, parameters: Parameters) -> None:
    for write in (_service_targets, _cost_rates, _budgets, _supplier_terms, _transfer_lanes, _storage, _labour, _waves,
                  _pickups, _coverage, _item_links, _health, _approvals):  # fmt: skip
        write(sheet, masters, parameters)


def _add(sheet: Sheet, masters, name: str, at=None, **columns) -> None:
    at = at or opened(masters)
    sheet.add(f"policy.{name}", at, valid_from=at.date(), published_at=at, **columns)


def _daily_cost(masters, parameters: Parameters, day: int) -> float:
    """Ordinary purchases of own goods for the sales of a day, fen net."""
    own = ordinary_rate(masters, parameters, day) * masters.modes[:, 0] * masters.units_per_line
    return float((own * masters.purchase_price).sum())


def _service_targets(sheet, masters, parameters) -> None:
    for segment, target in zip("ABC", parameters.policy.service_targets, strict=True):
        _add(sheet, masters, "service_target", segment=segment, warehouse_id="*", measure="fill_rate",
             target=rate(target))  # fmt: skip


def _cost_rates(sheet, masters, parameters) -> None:
    policy = parameters.policy
    costs = {"capital": (policy.capital_rate, "per_year"), "storage": (policy.storage_per_litre_day, "per_litre_day")}
    for kind, (value, unit) in (costs | PENALTIES).items():
        _add(sheet, masters, "cost_rate", kind=kind, scope="*", value=value, unit=unit,
             currency=None if unit == "per_year" else "CNY")  # fmt: skip


def _budgets(sheet, masters, parameters) -> None:
    """Each month's purchases for the sales a month later, published when the month before begins."""
    for day in range(masters.first_day - 31, masters.last_day + 62):
        first = as_date(day)
        if first.day != 1:
            continue
        sales = range(day + ARRIVAL, day + 2 * ARRIVAL)
        events = masters.event_factor[np.array(sales) - masters.calendar_start]
        monthly = sum(_daily_cost(masters, parameters, ahead) for ahead in sales[::7]) / len(sales[::7]) * events.sum()
        amount = round(monthly * parameters.policy.budget_factor / (1000 * FEN)) * 1000 * FEN
        at = max(opened(masters), clock_time(day - 31, 9))
        _add(sheet, masters, "budget", at, period=f"{first:%Y%m}", scope="*", amount=yuan(amount), currency="CNY")


def _supplier_terms(sheet, masters, parameters) -> None:
    own = (masters.modes[:, 0] > 0) & ~masters.is_bundle
    sources = set(masters.supplier_of[own]) | set(masters.second_supplier_of[masters.second_supplier_of >= 0])
    for v in sorted(sources):
        _add(sheet, masters, "supplier_term", supplier_id=masters.supplier_ids[v], term_kind="price_break_kind",
             scope="*", from_volume=0, price_break_kind="all_units", period="order")  # fmt: skip
    volume, share = rebate_terms(masters)
    for v in np.flatnonzero(share):
        _add(sheet, masters, "supplier_term", supplier_id=masters.supplier_ids[v], term_kind="rebate", scope="*",
             from_volume=int(volume[v]) // FEN, measure="amount", value=float(share[v]), period="year")  # fmt: skip


def _transfer_lanes(sheet, masters, parameters) -> None:
    weekdays = ",".join(str(day) for day in parameters.transfers.weekdays)
    for here, from_id in enumerate(masters.warehouse_ids):
        for there, to_id in enumerate(masters.warehouse_ids):
            if here != there:
                _add(sheet, masters, "transfer_lane", from_warehouse_id=from_id, to_warehouse_id=to_id,
                     days=float(masters.transfer_days[here, there]), deviation_days=masters.transfer_sd,
                     cost_per_unit=yuan(masters.transfer_unit_cost), cost_per_trip=yuan(masters.transfer_trip_cost),
                     weekdays=weekdays, currency="CNY")  # fmt: skip


def _storage(sheet, masters, parameters) -> None:
    litres = masters.base_rate * masters.modes[:, 0] * masters.units_per_line * masters.volume_cm3 / 1000
    total = float(litres.sum()) * parameters.policy.storage_days / STACKING
    for w, warehouse_id in enumerate(masters.warehouse_ids):
        for storage_class in sorted(set(masters.storage_class)):
            share = float(litres[np.array(masters.storage_class) == storage_class].sum() / litres.sum())
            volume = total * masters.demand_share[w] * max(share, 0.02)  # returns of dropship goods need room too
            _add(sheet, masters, "storage_capacity", warehouse_id=warehouse_id, storage_class=storage_class,
                 volume_l=float(round(volume)))  # fmt: skip


def _labour(sheet, masters, parameters) -> None:
    for stage, tour, metre, pick, unit, order in LABOUR:
        _add(sheet, masters, "labour_standard", warehouse_id="*", stage=stage, seconds_per_tour=tour,
             seconds_per_metre=metre, seconds_per_pick=pick, seconds_per_unit=unit,
             seconds_per_order=order)  # fmt: skip


def _waves(sheet, masters, parameters) -> None:
    for wave_type, orders, units in WAVES:
        _add(sheet, masters, "wave_rule", warehouse_id="*", wave_type=wave_type, min_orders=1, max_orders=orders,
             min_units=1, max_units=units)  # fmt: skip


def _pickups(sheet, masters, parameters) -> None:
    for w, warehouse_id in enumerate(masters.warehouse_ids):
        hours = float(masters.handover_hour[w])
        for c, carrier_id in enumerate(masters.carrier_id):
            for weekday in WEEKDAYS:
                _add(sheet, masters, "carrier_pickup", warehouse_id=warehouse_id, carrier_id=carrier_id,
                     service_code=masters.service_code[c], weekday=weekday,
                     pickup_time=time(int(hours), round(hours % 1 * 60)),
                     max_parcels=int(masters.daily_cap[c, w]) or None)  # fmt: skip


def _coverage(sheet, masters, parameters) -> None:
    for r, region_id in enumerate(masters.province_ids):
        for place, w in enumerate(masters.rank[r], 1):
            _add(sheet, masters, "coverage", region_id=region_id, rank=place, warehouse_id=masters.warehouse_ids[w])


def _item_links(sheet, masters, parameters) -> None:
    """Successors borrow from what they replace, other launches from the best seller of their category and size."""
    sizes = np.unique(np.array(masters.size), return_inverse=True)[1]
    for sku in np.flatnonzero((masters.launch_day > masters.first_day) & ~masters.is_bundle):
        former, kind = int(masters.predecessor_of[sku]), "predecessor"
        if former < 0:
            former, kind = _analogue(masters, sizes, sku), "analogue"
        if former >= 0:
            at = max(opened(masters), clock_time(masters.announced_day[sku], 9))
            _add(sheet, masters, "item_link", at, sku_id=masters.sku_ids[sku], linked_sku_id=masters.sku_ids[former],
                 kind=kind, scale=1.0)  # fmt: skip


def _analogue(masters, sizes: np.ndarray, sku: int) -> int:
    """The best seller of the same category and size that has long been on sale; -1 if there is none."""
    alike = (masters.category_of == masters.category_of[sku]) & (sizes == sizes[sku])
    alike &= masters.launch_day < masters.announced_day[sku] - KNOWN_DAYS
    alike &= masters.end_day > masters.announced_day[sku]
    places = np.flatnonzero(alike)
    return int(places[np.argmax(masters.base_rate[places])]) if len(places) else -1


def _health(sheet, masters, parameters) -> None:
    for status, days in HEALTH_DAYS.items():
        _add(sheet, masters, "health_threshold", status=status, segment="*", days=days)


def _approvals(sheet, masters, parameters) -> None:
    daily = float((masters.base_rate * masters.modes[:, 0] * masters.units_per_line * masters.purchase_price).sum())
    for role, days in LIMIT_DAYS.items():
        amount = max(round(daily * days / (1000 * FEN)), 1) * 1000 * FEN
        _add(sheet, masters, "approval_limit", role=role, action="*", max_amount=yuan(amount), currency="CNY")
