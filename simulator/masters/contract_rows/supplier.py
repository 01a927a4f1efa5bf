"""Supplier rows: who they are, and their terms per SKU with price steps and announced rises."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import NamedTuple

import numpy as np

from simulator.masters.catalogue import VAT
from simulator.masters.contract_rows.sheet import Sheet, opened, rate, yuan
from simulator.masters.prices import purchase_prices
from simulator.masters.suppliers import NEVER
from simulator.parameters import Parameters
from simulator.times import as_date, clock_time, day_number

__all__ = ["supplier_skus", "suppliers"]

RELIABLE = 0.08  # rating A: no more late deliveries than this
WEEK = 7


def suppliers(sheet: Sheet, masters, parameters: Parameters) -> None:
    at = opened(masters)
    for v, supplier_id in enumerate(masters.supplier_ids):
        row = parameters.suppliers[masters.template_of[v]]
        sheet.add(
            "supplier.supplier", at,
            supplier_id=supplier_id,
            supplier_name=masters.supplier_names[v],
            supplier_type=row.kind,
            status="approved",
            rating="A" if row.late_share <= RELIABLE else "B",
            payment_terms_days=row.terms_days,
            settle_method=row.settle_method,
            currency="CNY",
            tax_no=f"9135{supplier_id}0000",
            invoice_type="e_special",
            region=row.province,
            contract_no=f"HT-{at.year}-{supplier_id}",
            contract_from=at.date(),
            contract_to=as_date(masters.last_day + 365),
            return_allowed=row.return_allowed and row.kind != "merchant",
            order_cycle_days=max(1, round(WEEK / len(row.weekdays))),
            order_weekdays=",".join(map(str, row.weekdays)),
            order_cutoff_at=time(row.cutoff_hour),
            calendar_id=f"CAL-{supplier_id}",
            min_order_amount=yuan(masters.min_amount[v]),
            order_cost=yuan(masters.order_cost[v]),
            licence_to=as_date(masters.last_day + 730),
        )  # fmt: skip


def supplier_skus(sheet: Sheet, masters, parameters: Parameters) -> None:
    quotes = list(_quotes(masters))
    asked = np.array([(quote.supplier, quote.sku, quote.qty, quote.period.day) for quote in quotes], np.int64).T
    prices = np.empty(len(quotes), np.int64)
    for day in np.unique(asked[3]):  # one call per day: prices of one are the same for all that ask
        then = asked[3] == day
        prices[then] = purchase_prices(masters, int(day), *asked[:3, then])
    for quote, price in zip(quotes, prices.tolist(), strict=True):
        period = quote.period
        row = quote.terms | {"purchase_price": yuan(price), "min_qty": quote.from_qty, "valid_from": period.first}
        if period.closed_at != period.at:
            sheet.add("supplier.supplier_sku", period.at, **row)
        if period.closed_at is not None:  # the next price is announced: this one gets its end
            sheet.add("supplier.supplier_sku", period.closed_at, **row, valid_to=period.after)


class _Period(NamedTuple):
    """A price holds from `first` until before `after`; known from `at`, its end from `closed_at`."""

    day: int
    at: datetime
    first: date
    after: date | None = None
    closed_at: datetime | None = None


class _Quote(NamedTuple):
    """One price step of a supplier's SKU in one period, asked for `qty` base units."""

    supplier: int
    sku: int
    qty: int
    from_qty: int
    period: _Period
    terms: dict


def _quotes(masters) -> Iterator[_Quote]:
    for sku, supplier, primary in _sources(masters):
        since = max(opened(masters), clock_time(masters.announced_day[sku], 1))
        periods, terms = list(_periods(masters, supplier, since)), _terms(masters, supplier, sku, primary)
        for from_qty, qty in _steps(masters, supplier, sku):
            for period in periods:
                yield _Quote(supplier, sku, qty, from_qty, period, terms)


def _sources(masters) -> Iterator[tuple[int, int, bool]]:
    """(SKU, supplier, first choice): who delivers to us, and who ships for us."""
    for sku in np.flatnonzero(~masters.is_bundle).tolist():
        own = masters.modes[sku, 0] > 0
        if own:
            yield sku, int(masters.supplier_of[sku]), True
        if masters.second_supplier_of[sku] >= 0:
            yield sku, int(masters.second_supplier_of[sku]), False
        if masters.dropshipper_of[sku] >= 0:
            yield sku, int(masters.dropshipper_of[sku]), not own


def _periods(masters, supplier: int, since: datetime) -> Iterator[_Period]:
    """From `since` on, one period up to each rise."""
    rises = zip(masters.rise_day[supplier].tolist(), masters.rise_notice_day[supplier].tolist(), strict=True)
    day, at = day_number(since.date()), since
    for rise, notice in rises:
        if day < rise < NEVER:
            announced = max(since, clock_time(notice, 9))
            yield _Period(day, at, as_date(day), as_date(rise), announced)
            day, at = rise, announced
    yield _Period(day, at, as_date(day))


def _steps(masters, supplier: int, sku: int) -> list[tuple[int, int]]:
    """(base units from which a step holds, units at which to ask its price)."""
    case = int(masters.case_units[sku])
    if case == 1:
        return [(1, 1)]
    return [(max(int(cases) * case, 1), max(int(cases), 1) * case) for cases in masters.price_break_cases[supplier]]


def _terms(masters, supplier: int, sku: int, primary: bool) -> dict[str, object]:
    case, sku_id, supplier_id = int(masters.case_units[sku]), masters.sku_ids[sku], masters.supplier_ids[supplier]
    return {
        "supplier_id": supplier_id,
        "sku_id": sku_id,
        "ship_to_warehouse_id": "*",
        "supplier_item_no": f"{supplier_id}-{sku_id}",
        "is_primary": primary,
        "tax_included": False,
        "tax_rate": rate(VAT),
        "currency": "CNY",
        "purchase_uom": "箱" if case > 1 else "件",
        "moq": int(masters.moq[sku]),
        "order_multiple": case,
        "lead_time_days": round(float(masters.lead_days[supplier])),
        "lead_time_std_days": float(masters.lead_sd[supplier]),
        "capacity_per_week": int(masters.sku_capacity_per_week[sku]),
        "share_pct": rate(1 if primary else 0),
    }
