"""Supplier rows: who they are, and their terms per SKU with price steps and announced rises."""

from collections.abc import Iterator
from datetime import date, datetime, time

import numpy as np

from simulator.masters.calendar import moment, to_date
from simulator.masters.catalogue import VAT
from simulator.masters.contract_rows.sheet import Sheet, opened, rate, yuan
from simulator.masters.prices import purchase_prices
from simulator.masters.suppliers import NEVER
from simulator.parameters import Parameters

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
            contract_to=to_date(masters.last_day + 365),
            return_allowed=row.return_allowed and row.kind != "merchant",
            order_cycle_days=max(1, round(WEEK / len(row.weekdays))),
            order_weekdays=",".join(map(str, row.weekdays)),
            order_cutoff_at=time(row.cutoff_hour),
            calendar_id=f"CAL-{supplier_id}",
            min_order_amount=yuan(masters.min_amount[v]),
            order_cost=yuan(masters.order_cost[v]),
            licence_to=to_date(masters.last_day + 730),
        )  # fmt: skip


def supplier_skus(sheet: Sheet, masters, parameters: Parameters) -> None:
    for sku, supplier, primary in _sources(masters):
        since = max(opened(masters), moment(masters.announced_day[sku], 1))
        periods = list(_periods(masters, supplier, since))
        for from_qty, price_qty in _steps(masters, supplier, sku):
            columns = _terms(masters, supplier, sku, primary) | {"min_qty": from_qty}
            for day, at, valid_from, valid_to, closed_at in periods:
                price = purchase_prices(masters, day, *(np.array([x]) for x in (supplier, sku, price_qty)))[0]
                row = columns | {"purchase_price": yuan(price), "valid_from": valid_from}
                if closed_at != at:
                    sheet.add("supplier.supplier_sku", at, **row)
                if closed_at is not None:  # the next price is announced: this one gets its end
                    sheet.add("supplier.supplier_sku", closed_at, **row, valid_to=valid_to)


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


def _periods(
    masters, supplier: int, since: datetime
) -> Iterator[tuple[int, datetime, date, date | None, datetime | None]]:
    """(a day of it, known from, first day, day after the last, when that became known) of each price."""
    rises = zip(masters.rise_day[supplier].tolist(), masters.rise_notice_day[supplier].tolist(), strict=True)
    begins, at = since.date(), since
    day = (begins - date(1970, 1, 1)).days
    for rise, notice in rises:
        if rise == NEVER or rise <= day:
            continue
        announced = max(since, moment(notice, 9))
        yield day, at, begins, to_date(rise), announced
        day, at, begins = rise, announced, to_date(rise)
    yield day, at, begins, None, None


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
