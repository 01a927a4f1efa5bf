"""Product rows: models and SKUs through their lives, packs, bundles, prices."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from simulator.masters.calendar import AHEAD
from simulator.masters.campaigns import NO_AMOUNT
from simulator.masters.catalogue import NO_END, VAT
from simulator.masters.contract_rows.sheet import Sheet, dump, instant, opened, rate, yuan
from simulator.parameters import Parameters
from simulator.times import as_date, clock_time

__all__ = ["bundle_components", "packs", "prices", "skus", "spus"]

NEW_DAYS = 60  # a model counts as new for so long
STOPPED_DAYS = 21  # nothing is bought any more so long before the end
MIDNIGHT_LAG = 1  # systems are updated an hour after midnight
WHOLESALE_UNITS = 20
SHELF_LIFE_IN, SHELF_LIFE_OUT = 2 / 3, 1 / 4  # of the shelf life must be left
TAX_CODE = "1090512"


def _versions(masters, states: list[tuple[int, object]]) -> Iterator[tuple[datetime, object]]:
    """(when, state) for states by the day they begin: what held when the systems were filled, then each change."""
    start = opened(masters)
    past = [state for day, state in states if clock_time(day) <= start]
    if past:
        yield start, past[-1]
    for day, state in states:
        if clock_time(day) > start and day <= masters.last_day + AHEAD:
            yield clock_time(day, MIDNIGHT_LAG), state


def spus(sheet: Sheet, masters, parameters: Parameters) -> None:
    first_sku = np.unique(masters.spu_of, return_index=True)[1]
    for spu, sku in enumerate(first_sku):
        launch, end = int(masters.launch_day[sku]), int(masters.end_day[sku])
        states = [(int(masters.announced_day[sku]), "new"), (launch + NEW_DAYS, "active")]
        if end < NO_END:
            phase_out = end - parameters.catalogue.announced_days
            states = [state for state in states if state[0] < phase_out] + [
                (phase_out, "phase_out"),
                (end + 1, "ended"),
            ]
        category = masters.spu_category[spu]
        bundle = category == len(parameters.categories)
        shelf = int(masters.shelf_life[sku])
        for at, lifecycle in _versions(masters, states):
            sheet.add(
                "product.spu", at,
                spu_id=masters.spu_ids[spu],
                spu_name=masters.spu_names[spu],
                brand=masters.brands[masters.brand_of[sku]],
                category_id=f"C-{masters.categories[category]}",
                category_path="套装/补给套装" if bundle else parameters.categories[category].path,
                lifecycle=lifecycle,
                launch_date=as_date(launch),
                end_date=as_date(end) if lifecycle in ("phase_out", "ended") else None,
                has_batch=shelf > 0,
                shelf_life_days=shelf or None,
            )  # fmt: skip


def skus(sheet: Sheet, masters, parameters: Parameters) -> None:
    for sku in range(len(masters.sku_ids)):
        end = int(masters.end_day[sku])
        states = [(int(masters.announced_day[sku]), "active")]
        if end < NO_END:
            states += [(end - STOPPED_DAYS, "stopped"), (end + 1, "ended")]
        columns = _sku_columns(masters, sku)
        for at, status in _versions(masters, states):
            sheet.add("product.sku", at, **columns, status=status)


def _sku_columns(masters, sku: int) -> dict[str, object]:
    spec = {name: text for name, text in (("颜色", masters.colour[sku]), ("尺码", masters.size[sku])) if text}
    length, width, height = (int(side) for side in masters.size_mm[sku])
    shelf = int(masters.shelf_life[sku])
    return {
        "sku_id": masters.sku_ids[sku],
        "spu_id": masters.spu_ids[masters.spu_of[sku]],
        "sku_name": masters.sku_names[sku],
        "spec": dump(spec or {"规格": "均码"}),
        "barcode": f"0692{sku:09d}",
        "base_uom": "件",
        "weight_g": int(masters.weight_g[sku]),
        "length_mm": length,
        "width_mm": width,
        "height_mm": height,
        "tax_rate": rate(VAT),
        "tax_code": TAX_CODE,
        "is_serial": False,
        "is_hazmat": bool(masters.is_hazmat[sku]),
        "no_air": bool(masters.no_air[sku]),
        "storage_class": masters.storage_class[sku],
        "min_remaining_days_out": round(shelf * SHELF_LIFE_OUT) if shelf else None,
        "min_remaining_days_in": round(shelf * SHELF_LIFE_IN) if shelf else None,
        "planner": f"P{masters.category_of[sku] % 4 + 1:02d}",
        "abc": "ABC"[masters.abc[sku]],
    }


def packs(sheet: Sheet, masters, parameters: Parameters) -> None:
    for sku, case in enumerate(masters.case_units.tolist()):
        for uom, ratio in (("件", 1), ("箱", case)) if case > 1 else (("件", 1),):
            sheet.add(
                "product.sku_uom", max(opened(masters), clock_time(masters.announced_day[sku], MIDNIGHT_LAG)),
                sku_id=masters.sku_ids[sku],
                uom=uom,
                ratio_numerator=ratio,
                ratio_denominator=1,
                is_purchase_uom=ratio == case,
                is_sales_uom=uom == "件",
                gross_weight_g=int(masters.weight_g[sku]) * ratio,
            )  # fmt: skip


def bundle_components(sheet: Sheet, masters, parameters: Parameters) -> None:
    at = opened(masters)
    parts = (masters.bundle_sku, masters.bundle_component, masters.bundle_qty, masters.bundle_share)
    for bundle, component, qty, share in zip(*parts, strict=True):
        sheet.add(
            "product.bundle_component", at,
            bundle_sku_id=masters.sku_ids[bundle],
            component_sku_id=masters.sku_ids[component],
            qty=int(qty),
            price_share=rate(share / 1_000_000),
            valid_from=at.date(),
        )  # fmt: skip


def prices(sheet: Sheet, masters, parameters: Parameters) -> None:
    """List and wholesale prices of every SKU in all shops, promotional ones while their campaign runs."""
    start, off = opened(masters), 1 - parameters.demand.b2b_discount
    for sku, price in enumerate(masters.list_price.tolist()):
        at = max(start, clock_time(masters.announced_day[sku], MIDNIGHT_LAG))
        valid_from = max(start, clock_time(masters.launch_day[sku]))
        _price(sheet, at, masters.sku_ids[sku], "list", price, valid_from)
        _price(sheet, at, masters.sku_ids[sku], "wholesale", round(price * off), valid_from, min_qty=WHOLESALE_UNITS)
    for (sku, kind, shop, valid_from), (price, n) in _promotional(masters).items():
        _price(
            sheet, instant(masters.campaigns.published_at[n]), masters.sku_ids[sku], kind, price, instant(valid_from),
            shop_id="*" if shop < 0 else masters.shop_ids[shop],
            valid_to=instant(masters.campaigns.ends_at[n]),
            campaign_id=masters.campaigns.campaign_ids[n],
        )  # fmt: skip


def _promotional(masters) -> dict[tuple, tuple[int, int]]:
    """(SKU, kind, shop, start): (price, campaign), the lower price where two campaigns begin together."""
    campaigns, found = masters.campaigns, {}
    for n, tool in enumerate(campaigns.tool):
        kind = "clearance" if tool == "clearance" else "promo"
        entries = slice(campaigns.sku_start[n], campaigns.sku_start[n + 1])
        key = (kind, int(campaigns.shop[n]), int(campaigns.starts_at[n]))
        for sku, price in zip(campaigns.sku[entries].tolist(), campaigns.promo_price[entries].tolist(), strict=True):
            if price != NO_AMOUNT:
                found[sku, *key] = min(found.get((sku, *key), (price, n)), (price, n))
    return found


def _price(sheet: Sheet, at, sku_id, kind, fen, valid_from, shop_id="*", min_qty=1, valid_to=None, campaign_id=None):
    sheet.add(
        "product.price", at,
        sku_id=sku_id,
        price_type=kind,
        shop_id=shop_id,
        min_qty=min_qty,
        valid_from=valid_from,
        valid_to=valid_to,
        price=yuan(fen),
        currency="CNY",
        tax_included=True,
        campaign_id=campaign_id,
    )  # fmt: skip
