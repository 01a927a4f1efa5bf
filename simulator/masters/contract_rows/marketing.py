"""Marketing rows: campaigns through their states, their SKUs, what is shown on banners."""

import numpy as np

from simulator.masters.campaigns import NO_AMOUNT
from simulator.masters.contract_rows.sheet import Sheet, instant, rate, yuan
from simulator.parameters import Parameters
from simulator.times import as_date, clock_time

__all__ = ["campaign_skus", "campaigns", "promotion_exposures"]

WEEK = 7
EXPOSURE = {"flash_sale": "home", "live": "live", "clearance": "category", "full_reduction": "category"}
MONDAY = 4  # 1970-01-05, a Monday, is day 4


def campaigns(sheet: Sheet, masters, parameters: Parameters) -> None:
    """Published, running and ended; what was spent is added by the days themselves."""
    made = masters.campaigns
    for n in range(len(made.campaign_ids)):
        columns = _campaign(masters, n)
        states = (("published", made.published_at[n]), ("running", made.starts_at[n]), ("ended", made.ends_at[n] + 1))
        for status, at in states:
            sheet.add("marketing.campaign", instant(at), **columns, status=status)


def _campaign(masters, n: int) -> dict[str, object]:
    made = masters.campaigns
    share = int(made.supplier_fund_share[n])
    return {
        "campaign_id": made.campaign_ids[n],
        "name": made.campaign_names[n],
        "tool": made.tool[n],
        "shop_id": masters.shop_ids[made.shop[n]] if made.shop[n] >= 0 else None,
        "starts_at": instant(made.starts_at[n]),
        "ends_at": instant(made.ends_at[n]),
        "budget": yuan(made.budget[n]),
        "spent_amount": yuan(0),
        "threshold_amount": _amount(made.threshold[n]),
        "discount_value": _amount(made.value[n]),
        "funded_by": made.funded_by[n],
        "supplier_fund_share": rate(share / 1_000_000) if share else None,
        "issued_qty": int(made.issued_qty[n]) or None,
        "published_at": instant(made.published_at[n]),
    }


def _amount(fen: int):
    return None if fen == NO_AMOUNT else yuan(fen)


def campaign_skus(sheet: Sheet, masters, parameters: Parameters) -> None:
    made = masters.campaigns
    for n, campaign_id in enumerate(made.campaign_ids):
        at, shop_id = instant(made.published_at[n]), masters.shop_ids[made.shop[n]] if made.shop[n] >= 0 else "*"
        for entry in range(made.sku_start[n], made.sku_start[n + 1]):
            sheet.add(
                "marketing.campaign_sku", at,
                campaign_id=campaign_id,
                sku_id=masters.sku_ids[made.sku[entry]],
                shop_id=shop_id,
                promo_price=_amount(made.promo_price[entry]),
                stock_quota=int(made.stock_quota[entry]),
                planned_units=int(made.planned_units[entry]),
                exposure=EXPOSURE[made.tool[n]],
                published_at=at,
            )  # fmt: skip


def promotion_exposures(sheet: Sheet, masters, parameters: Parameters) -> None:
    """Flash sales stand on the home page of the largest shop, week by week."""
    made, shop_id = masters.campaigns, masters.shop_ids[int(np.argmax(masters.shop_weight))]
    seen: set[tuple[int, int]] = set()
    for n in np.flatnonzero(np.array(made.tool) == "flash_sale"):
        monday = (int(made.first_day[n]) - MONDAY) // WEEK * WEEK + MONDAY
        at = min(instant(made.published_at[n]), clock_time(monday - 5, 12))
        for week in range(monday, int(made.last_day[n]) + 1, WEEK):
            for sku in made.sku[made.sku_start[n] : made.sku_start[n + 1]].tolist():
                if (sku, week) not in seen:
                    seen.add((sku, week))
                    sheet.add("marketing.promotion_exposure", at, sku_id=masters.sku_ids[sku], shop_id=shop_id,
                              week_start=as_date(week), display="home_banner", placement="首页焦点图",
                              published_at=at)  # fmt: skip
