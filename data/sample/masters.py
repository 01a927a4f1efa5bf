"""Master data: what exists before the first order. One function per system."""

import json

from retailer import Retailer
from world import (
    BUNDLE,
    BUNDLE_ID,
    BUNDLE_PRICE,
    CAMPAIGNS,
    CITY_NAMES,
    CUTOFF_HOUR,
    DAYS,
    DROPSHIP_PLACE,
    EXPORTED,
    FIRST_DAY,
    OPENED,
    PROVINCES,
    REMOTE_FEE,
    SERVICES,
    SHOPS,
    SKUS,
    SPUS,
    SUPPLIERS,
    VAT,
    WAREHOUSES,
    moment,
    money,
)

ANNOUNCED_FROM = EXPORTED.date().replace(month=12)  # a supplier raises a price from December


def dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def product(r: Retailer) -> None:
    for spu_id, (name, path, lifecycle, launched, shelf_days) in SPUS.items():
        r.add("product.spu", OPENED, spu_id=spu_id, spu_name=name, brand="跑者", category_id=f"C-{spu_id}",
              category_path=path, lifecycle=lifecycle, launch_date=launched, end_date=None,
              has_batch=shelf_days is not None, shelf_life_days=shelf_days, attributes=None)  # fmt: skip
    for number, sku in enumerate(SKUS):
        _sku(r, sku.sku_id, sku.spu_id, sku.name, sku.spec, number, sku.weight_g, sku.size_mm)
        _packs(r, sku.sku_id, sku.case, sku.weight_g)
        _price(r, sku.sku_id, "list", sku.price + money(100 if sku.price > 300 else 10))
        _price(r, sku.sku_id, "base", sku.price)
    _sku(r, BUNDLE_ID, "KIT", "马拉松补给套装 Marathon Kit", "袜M+能量胶4", 90, 250, (250, 180, 40))
    _packs(r, BUNDLE_ID, 1, 250)
    _price(r, BUNDLE_ID, "base", BUNDLE_PRICE)
    for component, qty, share in BUNDLE:
        r.add("product.bundle_component", OPENED, bundle_sku_id=BUNDLE_ID, component_sku_id=component,
              qty=qty,
              price_share=share, valid_from=OPENED.date(), valid_to=None)  # fmt: skip


def _sku(r, sku_id, spu_id, name, spec, number, weight_g, size_mm) -> None:
    gel = spu_id == "GEL"
    r.add("product.sku", OPENED, sku_id=sku_id, spu_id=spu_id, sku_name=name, spec=dump({"规格": spec}),
          barcode=f"0692{number:09d}", base_uom="件", weight_g=weight_g, length_mm=size_mm[0],
          width_mm=size_mm[1],
          height_mm=size_mm[2], tax_rate=VAT, tax_code="1090512", is_serial=False, is_hazmat=spu_id == "LAMP",
          no_air=spu_id == "LAMP", storage_class="bulky" if spu_id == "MAT" else "ambient",
          min_remaining_days_out=90 if gel else None, min_remaining_days_in=240 if gel else None,
          status="active",
          planner="P01" if spu_id in ("RS", "TR", "CR", "OR") else "P02",
          abc="A" if spu_id == "RS" else "C" if spu_id in ("OR", "BELT", "MAT") else "B")  # fmt: skip


def _packs(r, sku_id, case, weight_g) -> None:
    packs = [("件", 1)] + ([("箱", case)] if case > 1 else [])
    for uom, ratio in packs:
        r.add("product.sku_uom", OPENED, sku_id=sku_id, uom=uom, ratio_numerator=ratio, ratio_denominator=1,
              is_purchase_uom=ratio == case, is_sales_uom=uom == "件", case_barcode=None,
              gross_weight_g=weight_g * ratio)  # fmt: skip


def _price(r, sku_id, kind, price, at=OPENED, until=None, campaign_id=None) -> None:
    for shop_id in SHOPS:
        r.add("product.price", min(at, EXPORTED), sku_id=sku_id, price_type=kind, shop_id=shop_id, min_qty=1,
              valid_from=at,
              valid_to=until, price=price, currency="CNY", tax_included=True,
              campaign_id=campaign_id)  # fmt: skip


def supplier(r: Retailer) -> None:
    for s in SUPPLIERS:
        r.add("supplier.supplier", OPENED, supplier_id=s.supplier_id, supplier_name=s.name,
              supplier_type=s.kind,
              status="approved", rating="A" if s.supplier_id == "S1" else "B",
              payment_terms_days=s.terms_days,
              settle_method=s.settle, currency="CNY", tax_no=f"9135{s.supplier_id}0000",
              invoice_type="e_special",
              region="350000", contract_no=f"HT-2026-{s.supplier_id}",
              contract_from=OPENED.date().replace(month=1, day=1),
              contract_to=OPENED.date().replace(month=12, day=31), rebate_terms=None,
              return_allowed=s.kind != "merchant",
              order_cycle_days=3, order_weekdays=s.weekdays, order_cutoff_at="16:00:00", calendar_id="CN",
              min_order_amount=s.min_amount, order_cost=money(50),
              licence_to=OPENED.date().replace(year=2028))  # fmt: skip
    for sku in SKUS:
        if sku.supplier_id != "S4":
            _terms(r, sku)
    for number, day in enumerate(DAYS[2::14]):
        _offers(r, moment(day, 9), announced=number == 4)


def _terms(r, sku) -> None:
    s = next(s for s in SUPPLIERS if s.supplier_id == sku.supplier_id)
    for min_qty, price in price_breaks(sku):
        r.add("supplier.supplier_sku", OPENED, supplier_id=s.supplier_id, sku_id=sku.sku_id,
              ship_to_warehouse_id="*",
              min_qty=min_qty, supplier_item_no=f"{s.supplier_id}-{sku.sku_id}", is_primary=True,
              purchase_price=price,
              tax_included=False, tax_rate=VAT, currency="CNY", purchase_uom="箱" if sku.case > 1 else "件",
              moq=sku.case * 2,
              order_multiple=sku.case, lead_time_days=s.lead_days, lead_time_std_days=s.lead_deviation,
              capacity_per_week=sku.case * 60, share_pct=money(1), valid_from=OPENED.date(),
              valid_to=None)  # fmt: skip


def price_breaks(sku) -> list[tuple]:
    """(from this quantity, net price): five per cent off from six cases."""
    whole = [(1, sku.cost)]
    return whole if sku.case == 1 else [*whole, (sku.case * 6, money(sku.cost * 95 / 100))]


def _offers(r, at, announced: bool) -> None:
    for sku in SKUS:
        rise = announced and sku.spu_id == "TR"
        if sku.supplier_id in ("S1", "S2", "S3"):
            r.add("supplier.supplier_offer", at, supplier_id=sku.supplier_id, sku_id=sku.sku_id, as_of=at,
                  available_qty=r.rng.randrange(5, 40) * sku.case, next_available_date=None,
                  offered_price=sku.cost,
                  announced_price=money(sku.cost * 106 / 100) if rise else None,
                  announced_from=ANNOUNCED_FROM if rise else None, confirmed=True)  # fmt: skip


def warehouse(r: Retailer) -> None:
    _supplier_stock(r)
    for wh, (name, region, address, lat, lon) in WAREHOUSES.items():
        r.add("warehouse.warehouse", OPENED, warehouse_id=wh, name=name, wh_type="own", region=region,
              address=address,
              lat=lat, lon=lon, tz="Asia/Shanghai", parent_warehouse_id=None, receive_calendar_id="CN",
              cutoff_times=dump([f"{CUTOFF_HOUR}:00"]), max_units_per_day=400, cost_per_order=money("2.20"),
              cost_per_line=money("0.50"), is_active=True)  # fmt: skip
        for number, sku in enumerate(SKUS):
            _bin(r, wh, number, "pick", sku.sku_id)
        for number in range(6):
            _bin(r, wh, 20 + number, "reserve")
        _bin(r, wh, 26, "defect")
        _bin(r, wh, 27, "dock")
        for day in DAYS[-14:]:
            _shifts(r, wh, day)
        for ahead in range(1, 8):
            _shifts(r, wh, DAYS[-1].fromordinal(DAYS[-1].toordinal() + ahead))


def _supplier_stock(r) -> None:
    """The dropship supplier's own place: nothing there is ours, but his confirmations need an address."""
    r.add("warehouse.warehouse", OPENED, warehouse_id=DROPSHIP_PLACE, name="义乌瑜品仓 Yupin (supplier)",
          wh_type="supplier",
          region="330000", address="浙江省义乌市", lat=29.31, lon=120.07, tz="Asia/Shanghai",
          parent_warehouse_id=None,
          receive_calendar_id=None, cutoff_times=None, max_units_per_day=None, cost_per_order=None,
          cost_per_line=None,
          is_active=True)  # fmt: skip


def bin_id(wh: str, number: int) -> str:
    """Bins run in four aisles of seven bays; goods have the bin of their place in the catalogue."""
    return f"{wh[:2]}-{'ABCD'[number // 7]}{number % 7 + 1:02d}"


BIN_OF = {sku.sku_id: number for number, sku in enumerate(SKUS)}


def _bin(r, wh, number, kind, sku_id=None) -> None:
    aisle, bay = divmod(number, 7)
    walk = aisle * 7 + (bay if aisle % 2 == 0 else 6 - bay)  # S-shape: every second aisle backwards
    r.add("warehouse.bin", OPENED, warehouse_id=wh, bin_id=bin_id(wh, number),
          zone_id="Z1" if aisle < 2 else "Z2",
          block=1, aisle="ABCD"[aisle], bay=bay + 1, level=1, seq=walk + 1, x_m=3.0 + 3.5 * aisle,
          y_m=2.0 + 1.2 * bay,
          bin_type=kind, capacity_volume_l=600, pick_face_sku_id=sku_id)  # fmt: skip


def _shifts(r, wh, day) -> None:
    at = min(moment(day.fromordinal(day.toordinal() - 7), 18), EXPORTED)
    for stage, workers, rate in (("pick", 3, 60.0), ("pack", 2, 45.0)):
        r.add("warehouse.shift_capacity", at, warehouse_id=wh, shift_date=day, shift="day", stage=stage,
              zone_id="*",
              starts_at=moment(day, 9), ends_at=moment(day, 18), workers=workers, minutes=480.0 * workers,
              units_per_hour=rate, carts=3, cart_slots=12, cart_volume_l=240.0)  # fmt: skip


def logistics(r: Retailer) -> None:
    for s in SERVICES:
        r.add("logistics.carrier_service", OPENED, carrier_id=s.carrier_id, service_code=s.code,
              carrier_name=s.carrier,
              service_name=s.name, mode=s.mode, promise_days=float(s.days["Z3"]),
              cod_ok=s.carrier_id != "ZTO",
              insured_ok=True, pickup_ok=True, cold_ok=False, hazmat_ok=s.mode == "road",
              max_declared_value=money(20000),
              max_weight_g=30000, max_side_mm=1500, claim_terms=None, cutoff_at="18:00:00")  # fmt: skip
        for wh in WAREHOUSES:
            for zone in s.days:
                _rate(r, s, wh, zone)
            for province in PROVINCES:
                _zone(r, s, wh, province)
    r.add("logistics.carrier_contract", OPENED, carrier_id="ZTO", service_code="STD", term_kind="daily_cap",
          scope=dump({"warehouse": "SH01"}), from_volume=0, valid_from=OPENED.date(), valid_to=None,
          limit_volume=30,
          limit_share=None, rebate_per_parcel=None, shortfall_fee=None, is_all_unit=False)  # fmt: skip
    r.add("logistics.carrier_contract", OPENED, carrier_id="JDL", service_code="STD", term_kind="rebate_tier",
          scope=dump({"month": "*"}), from_volume=150, valid_from=OPENED.date(), valid_to=None,
          limit_volume=None,
          limit_share=None, rebate_per_parcel=money("0.20"), shortfall_fee=None,
          is_all_unit=True)  # fmt: skip


def _rate(r, s, wh, zone) -> None:
    r.add("logistics.carrier_rate", OPENED, carrier_id=s.carrier_id, service_code=s.code, origin_zone=wh,
          dest_zone=zone,
          weight_from_g=0, valid_from=OPENED.date(), valid_to=None, weight_to_g=30000, first_weight_g=1000,
          first_fee=money(s.first_fee[zone]), step_g=s.step_g, step_fee=money(s.step_fee[zone]),
          min_fee=money(s.first_fee[zone]), volumetric_divisor=s.divisor,
          surcharge=dump({"remote": str(REMOTE_FEE)}) if zone == "Z4" else None, rounding=s.rounding,
          tax_included=True,
          currency="CNY")  # fmt: skip


def zone_of(wh: str, province: str) -> str:
    return PROVINCES[province][6 if wh == "SH01" else 7]


def _zone(r, s, wh, province) -> None:
    zone, stopped = zone_of(wh, province), province in s.stopped
    r.add("logistics.carrier_zone", OPENED, carrier_id=s.carrier_id, service_code=s.code,
          origin_region=WAREHOUSES[wh][1],
          dest_region=province, valid_from=OPENED.date(), valid_to=None, origin_zone=wh, dest_zone=zone,
          is_remote=zone == "Z4", is_stopped=stopped, stop_reason="other" if stopped else None,
          transit_days=float(s.days[zone]))  # fmt: skip


def shops(r: Retailer) -> None:
    for shop_id, (name, platform, _, rate, _) in SHOPS.items():
        r.add("order.shop", OPENED, shop_id=shop_id, shop_name=name, platform=platform,
              fulfil_mode_default="own",
              merchant_id=None, currency="CNY", tz="Asia/Shanghai", tax_included=True,
              commission_rate=rate)  # fmt: skip


def marketing(r: Retailer) -> None:
    for c in CAMPAIGNS:
        r.add("marketing.campaign", c.published_at, campaign_id=c.campaign_id, name=c.name, tool=c.tool,
              shop_id=None,
              starts_at=c.starts_at, ends_at=c.ends_at, budget=money(5000), spent_amount=money(0),
              threshold_amount=c.threshold, discount_value=c.off, discount_rate=None, funded_by=c.funded_by,
              supplier_fund_share=None, member_tier=None, issued_qty=300 if c.tool == "coupon" else None,
              redeemed_qty=None,
              status=c.status, published_at=c.published_at)  # fmt: skip
        goods = c.prices or {s.sku_id: None for s in SKUS if s.spu_id in ("RS", "TR")} if c.tool != "coupon" else {}
        for sku_id, price in goods.items():
            _campaign_sku(r, c, sku_id, price)
    for week in (5, 9):
        for sku in SKUS[:4]:
            _exposure(r, sku.sku_id, week)


def _campaign_sku(r, c, sku_id, price) -> None:
    for shop_id in SHOPS:
        planned = {"C4": 20, "C3": 6}.get(c.campaign_id)
        r.add("marketing.campaign_sku", c.published_at, campaign_id=c.campaign_id, sku_id=sku_id,
              shop_id=shop_id,
              promo_price=price, stock_quota=planned * 2 if planned else None, planned_units=planned,
              margin_floor=None, exposure="home", published_at=c.published_at)  # fmt: skip
    if price is not None:
        _price(
            r,
            sku_id,
            "clearance" if c.tool == "clearance" else "promo",
            price,
            c.starts_at,
            c.ends_at,
            c.campaign_id,
        )


def _exposure(r, sku_id, week) -> None:
    monday = FIRST_DAY.fromordinal(FIRST_DAY.toordinal() - 2 + 7 * (week - 1))
    for shop_id in ("APP", "TM"):
        at = moment(monday.fromordinal(monday.toordinal() - 5), 12)
        r.add("marketing.promotion_exposure", at, sku_id=sku_id, shop_id=shop_id, week_start=monday,
              display="home_banner",
              mailer=None, placement="首页焦点图", published_at=at)  # fmt: skip


def reference(r: Retailer) -> None:
    for code, (name, city, district, lat, lon, *_) in PROVINCES.items():
        r.add(
            "reference.region",
            OPENED,
            region_id=code,
            region_name=name,
            parent_region_id=None,
            lat=lat,
            lon=lon,
        )
        r.add(
            "reference.region",
            OPENED,
            region_id=city,
            region_name=CITY_NAMES[city],
            parent_region_id=code,
            lat=lat,
            lon=lon,
        )
        r.add(
            "reference.region",
            OPENED,
            region_id=district,
            region_name=f"{CITY_NAMES[city]}某区",
            parent_region_id=city,
            lat=lat,
            lon=lon,
        )
    for code, name in (("件", "piece"), ("箱", "case")):
        r.add(
            "reference.uom",
            OPENED,
            uom=code,
            uom_name=name,
            dimension="count",
            ratio_numerator=1 if code == "件" else None,
            ratio_denominator=1 if code == "件" else None,
        )
    for ahead in range(-8, 130):
        _calendar_day(r, FIRST_DAY.fromordinal(FIRST_DAY.toordinal() + ahead))
    for sku in SKUS:
        for shop_id in SHOPS:
            r.add("reference.listing", EXPORTED, shop_id=shop_id,
                  platform_item_id=item_id(shop_id, sku.sku_id),
                  sku_id=sku.sku_id, listed_qty=None, as_of=EXPORTED)  # fmt: skip
    for day in DAYS[::30]:
        r.add(
            "reference.fx_rate",
            moment(day),
            rate_date=day,
            from_currency="USD",
            to_currency="CNY",
            rate="7.12",
        )
    for shop_id, entity in (("TM", "tmall"), ("JD", "jd")):
        r.add("reference.key_map", OPENED, entity="shop", source_id=f"{entity}-flagship", id=shop_id)


def item_id(shop_id: str, sku_id: str) -> str:
    return f"{list(SHOPS).index(shop_id) + 1}00{BIN_OF[sku_id]:03d}"


def _calendar_day(r, day) -> None:
    holiday = (10, 1) <= (day.month, day.day) <= (10, 7)
    double11 = (11, 10) <= (day.month, day.day) <= (11, 11)
    r.add("reference.calendar", OPENED, calendar_id="CN", calendar_date=day,
          is_workday=day.isoweekday() < 6 and not holiday,
          is_shutdown=holiday, tag="国庆" if holiday else "大促" if double11 else None)  # fmt: skip
