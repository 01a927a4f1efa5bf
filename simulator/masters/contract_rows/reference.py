"""Reference rows: regions, units, calendars, exchange rates, accounts, keys."""

from simulator.masters.contract_rows.sheet import Sheet, opened
from simulator.parameters import Parameters
from simulator.postings import ACCOUNTS
from simulator.times import as_date, clock_time

__all__ = ["references"]

SATURDAY = 6
DOLLAR = 7.12  # yuan, the same in every month: nothing of ours is bought in dollars
PLATFORM_KEYS = {"tmall": "tmall-flagship", "jd": "jd-flagship", "douyin": "douyin-flagship"}


def references(sheet: Sheet, masters, parameters: Parameters) -> None:
    at = opened(masters)
    _regions(sheet, at, masters)
    for uom, name, base in (("件", "piece", 1), ("箱", "case", None)):
        sheet.add("reference.uom", at, uom=uom, uom_name=name, dimension="count", ratio_numerator=base,
                  ratio_denominator=base)  # fmt: skip
    for code, (name, role) in ACCOUNTS.items():
        sheet.add("reference.account", at, account_code=code, account_name=name, role=role)
    for shop_id, platform in zip(masters.shop_ids, masters.platform, strict=True):
        if platform in PLATFORM_KEYS:
            sheet.add("reference.key_map", at, entity="shop", source_id=PLATFORM_KEYS[platform], id=shop_id)
    _calendars(sheet, at, masters)
    _exchange_rates(sheet, masters)


def _regions(sheet: Sheet, at, masters) -> None:
    for r, province_id in enumerate(masters.province_ids):
        place = {"lat": float(masters.province_lat[r]), "lon": float(masters.province_lon[r])}
        city_id, city, name = masters.city_ids[r], masters.city_names[r], masters.province_names[r]
        sheet.add("reference.region", at, region_id=province_id, region_name=name, **place)
        sheet.add("reference.region", at, region_id=city_id, region_name=city, parent_region_id=province_id, **place)
        sheet.add("reference.region", at, region_id=masters.district_ids[r], region_name=f"{city}某区",
                  parent_region_id=city_id, **place)  # fmt: skip


def _calendars(sheet: Sheet, at, masters) -> None:
    """CN for warehouses and carriers, one of its own for each supplier."""
    days = [as_date(masters.calendar_start + n) for n in range(masters.calendar_days)]
    closed = {"CN": masters.carriers_rest}
    closed |= {f"CAL-{id}": masters.is_shutdown[v] for v, id in enumerate(masters.supplier_ids)}
    for calendar_id, rests in closed.items():
        for n, day in enumerate(days):
            sheet.add("reference.calendar", at, calendar_id=calendar_id, calendar_date=day,
                      is_workday=bool(day.isoweekday() < SATURDAY and not masters.is_holiday[n] and not rests[n]),
                      is_shutdown=bool(rests[n]), tag=masters.day_tag[n] or None)  # fmt: skip


def _exchange_rates(sheet: Sheet, masters) -> None:
    for day in range(masters.first_day, masters.last_day + 1):
        if as_date(day).day == 1:
            sheet.add("reference.fx_rate", clock_time(day, 9), rate_date=as_date(day), from_currency="USD",
                      to_currency="CNY", rate=DOLLAR)  # fmt: skip
